// Slides on the real server: uploaded, converted, shown, drawn on, taken away; who may what, who hears what,
// and what is there after a kill -9.
#include <filesystem>
#include <memory>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/class_browser.hpp"
#include "tests/support/school_client.hpp"
#include "tests/support/slides_client.hpp"

using namespace thranio;
using nlohmann::json;
using test::Browser;
using test::LiveLesson;
using test::make_pdf;
using test::RestClient;
using test::words;

namespace {

struct Class : LiveLesson {
  RestClient teaches{server.origin(), teacher}, learns{server.origin(), student};
  std::string slides = "/lessons/" + id + "/slides";

  std::string ready(const std::string& file = make_pdf({words("Waves"), words("Light"), words("Sound")})) {
    const auto deck = test::upload(teaches, id, file);
    const auto told = test::converted(teaches, id, deck);
    INFO(told.dump());
    REQUIRE(told["state"] == "ready");
    return deck;
  }
  std::unique_ptr<Browser> enter(const std::string& token, json* welcome = nullptr) const {
    auto browser = std::make_unique<Browser>(*this);
    const auto told = browser->enter(token);
    REQUIRE(told["kind"] == "welcome");
    if (welcome) *welcome = told;
    return browser;
  }
  // The welcome once the teacher's page has heard that the deck is there.
  std::string picture(const std::string& deck, int page, const std::string& query = "") const {
    return slides + "/" + deck + "/pages/" + std::to_string(page) + query;
  }
  size_t page_files() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() + "/slides/pages"))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  }
};

json show(const std::string& deck, int page) {
  return {{"kind", "show_page"}, {"deck", deck}, {"page", page}};
}
json draw(const std::string& deck, int page, std::vector<int> points = {0, 0, 4095, 4095}) {
  return {{"kind", "draw"}, {"deck", deck}, {"page", page},    {"tool", "pen"},
          {"colour", 1},    {"width", 8},   {"points", points}};
}
json on_page(const std::string& kind, const std::string& deck, int page) {
  return {{"kind", kind}, {"deck", deck}, {"page", page}};
}

std::string problem(const http::FetchedResponse& answer) {
  const std::string type = json::parse(answer.body)["type"];
  return std::to_string(answer.status) + " " + type.substr(type.rfind('/') + 1);
}

}  // namespace

TEST_CASE_METHOD(Class, "an uploaded file becomes pages that never change", "[http][slides]") {
  const auto answer =
      test::post_slides(teaches, id, make_pdf({words("Waves"), words("Light")}), "?title=Optics");
  REQUIRE(answer.status == 201);
  const json made = json::parse(answer.body);
  CHECK(made["state"] == "converting");
  CHECK(made["title"] == "Optics");
  CHECK(answer.headers.at("location") == "/api/v1" + slides + "/" + made["id"].get<std::string>());
  const auto deck = test::converted(learns, id, made["id"]);
  CHECK(deck["state"] == "ready");
  CHECK(deck["pages"] == 2);
  CHECK(deck["sizes"] == json::parse(R"([{"width":1920,"height":1080},{"width":1920,"height":1080}])"));
  CHECK(json::parse(learns.get(slides).body)["items"].size() == 1);

  const std::string first = picture(made["id"], 1, "?width=640");
  const auto page = learns.get(first);
  REQUIRE(page.status == 200);
  CHECK((page.headers.at("content-type") == "image/avif" || page.headers.at("content-type") == "image/webp"));
  CHECK(page.headers.at("x-content-type-options") == "nosniff");
  CHECK(page.headers.at("cache-control").find("immutable") != std::string::npos);
  const std::string etag = page.headers.at("etag");
  const auto again = learns.ask("GET", first, "", "", {{"If-None-Match", etag}});
  CHECK(again.status == 304);

  // A transfer that broke goes on.
  const auto half = learns.ask("GET", first, "", "", {{"Range", "bytes=0-99"}});
  CHECK(half.status == 206);
  CHECK(half.headers.at("content-range") == "bytes 0-99/" + std::to_string(page.body.size()));
  const auto rest = learns.ask("GET", first, "", "", {{"Range", "bytes=100-"}, {"If-Range", etag}});
  CHECK(rest.status == 206);
  CHECK(half.body + rest.body == page.body);
  CHECK(learns.ask("GET", first, "", "", {{"Range", "bytes=100-"}, {"If-Range", "\"other\""}}).status == 200);
  CHECK(learns.ask("GET", first, "", "", {{"Range", "bytes=9999999-"}}).status == 416);
  for (const char* nonsense : {"bytes=", "bytes=-", "bytes=5-x", "lines=1-2", "bytes=0-1,3-4"})
    CHECK(learns.ask("GET", first, "", "", {{"Range", nonsense}}).status == 200);

  CHECK(learns.get(picture(made["id"], 1, "?width=1280")).body.size() > page.body.size());
  CHECK(json::parse(learns.get(picture(made["id"], 2) + "/text").body)["text"] == "Light");
  CHECK(problem(learns.get(picture(made["id"], 3))) == "404 not-found");
  CHECK(problem(learns.get(picture("deck_none", 1))) == "404 not-found");
  CHECK(problem(learns.get(picture(made["id"], 1, "?width=0"))) == "400 invalid-field");
  const auto other = create("/classes/" + cls + "/lessons", {{"title", "Optics"},
                                                             {"starts_at", "2026-09-15T09:00:00+03:00"},
                                                             {"ends_at", "2026-09-15T09:45:00+03:00"}});
  CHECK(problem(admin.get("/lessons/" + other + "/slides/" + made["id"].get<std::string>() + "/pages/1")) ==
        "404 not-found");
}

TEST_CASE_METHOD(Class, "a file that is none is refused, and one that cannot be read says why",
                 "[http][slides][bad]") {
  CHECK(problem(test::post_slides(learns, id, make_pdf({words("mine")}))) == "403 not-allowed");
  CHECK(problem(
            test::post_slides(teaches, id, "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")) ==
        "400 slides-unreadable");
  CHECK(problem(test::post_slides(teaches, id, "<svg/>", "", "image/svg+xml")) ==
        "415 unsupported-media-type");
  CHECK(problem(test::post_slides(teaches, id, make_pdf({words("x")}), "?title=" + std::string(121, 'x'))) ==
        "400 invalid-field");
  test::RawClient large(test::Browser::port_of(server.origin()));  // refused before it is sent
  large.send("POST /api/v1/lessons/" + id +
             "/slides?title=x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + teacher +
             "\r\nContent-Type: application/pdf\r\nContent-Length: " + std::to_string((50u << 20) + 1) +
             "\r\n\r\n");
  const auto too_large = large.read_response();
  CHECK(too_large.status == 413);
  CHECK(too_large.body.find("/problems/body-too-large") != std::string::npos);
  const auto broken = test::upload(teaches, id, "%PDF-1.4 and nothing else");
  const auto told = test::converted(teaches, id, broken);
  CHECK(told["state"] == "failed");
  CHECK(told["reason"]["type"] == "/problems/slides-unreadable");
  auto page = enter(teacher);
  CHECK(page->wish(show(broken, 1)) == "slides-not-ready");
  CHECK(page_files() == 0);
  CHECK(std::filesystem::is_empty(folder.path() + "/slides/incoming"));
}

TEST_CASE_METHOD(Class, "a page turns for everybody, and whoever comes late sees the same",
                 "[http][slides]") {
  auto teacher_page = enter(teacher), student_page = enter(student);
  const auto deck = test::upload(teaches, id, make_pdf({words("Waves"), words("Light")}));
  json decks;
  do
    decks = teacher_page->hear("decks")["decks"];
  while (decks[0]["state"] == "converting");
  CHECK(decks[0]["state"] == "ready");
  CHECK(decks[0]["done"] == 2);

  REQUIRE(teacher_page->wish(show(deck, 2)) == "ok");
  const auto turned = student_page->hear("page");
  CHECK(turned["shown"] ==
        json({{"deck", deck}, {"page", 2}, {"pages", 2}, {"width", 1920}, {"height", 1080}}));
  REQUIRE(teacher_page->wish(draw(deck, 2)) == "ok");
  const auto stroke = student_page->hear("stroke");
  CHECK(stroke["stroke"]["points"] == json({0, 0, 4095, 4095}));
  CHECK(stroke["stroke"]["id"] == stroke["seq"]);

  json welcome;
  auto late = enter(student, &welcome);
  CHECK(welcome["class"]["shown"] == turned["shown"]);
  CHECK_FALSE(welcome["class"].contains("decks"));
  late->say(on_page("ink", deck, 2));
  const auto ink = late->hear("ink");
  CHECK(ink["strokes"] == json::array({stroke["stroke"]}));
  CHECK(ink["first"] == true);
  CHECK(ink["more"] == false);

  auto enlarged = show(deck, 2);
  enlarged["view"] = {0, 0, 2047, 2047};
  REQUIRE(teacher_page->wish(enlarged) == "ok");
  CHECK(student_page->hear("page")["shown"]["view"] == json({0, 0, 2047, 2047}));
  teacher_page->say({{"kind", "pointer"}, {"place", {100, 200}}});
  CHECK(student_page->hear("pointer")["place"] == json({100, 200}));

  CHECK(teaches.erase(slides + "/" + deck).status == 204);
  CHECK(student_page->hear("page")["shown"] == nullptr);
  CHECK(problem(learns.get(picture(deck, 1))) == "404 not-found");
}

TEST_CASE_METHOD(Class, "slides and drawing: every kind of message × role", "[http][slides][permissions]") {
  const auto deck = ready();
  auto teacher_page = enter(teacher), student_page = enter(student);
  REQUIRE(teacher_page->wish(show(deck, 1)) == "ok");
  auto outside = show(deck, 1);
  outside["view"] = {4000, 0, 2000, 4095};
  struct Row {
    json message;
    std::string teacher, student;
  };
  const std::vector<Row> table{
      {show(deck, 2), "ok", "not-allowed"},
      {show(deck, 4), "not-found", "not-allowed"},
      {show("deck_none", 1), "not-found", "not-allowed"},
      {show("board", 2), "not-found", "not-allowed"},
      {outside, "invalid-field", "not-allowed"},
      {draw(deck, 2), "ok", "drawing-off"},
      {draw(deck, 1), "page-not-shown", "drawing-off"},
      {draw(deck, 2, {4000, 0, 1000, 0}), "invalid-field", "drawing-off"},
      {on_page("undo", deck, 2), "ok", "drawing-off"},
      {on_page("clear_page", deck, 2), "ok", "not-allowed"},
      {{{"kind", "pointer"}, {"place", {1, 1}}}, "ok", "not-allowed"},
      {on_page("ink", deck, 2), "ok", "ok"},
      {{{"kind", "class_settings"}, {"drawing", true}}, "ok", "not-allowed"},
  };
  for (const auto& row : table) {
    INFO(row.message.dump());
    CHECK(student_page->wish(row.message) == row.student);
    CHECK(teacher_page->wish(row.message) == row.teacher);
  }
  // Now students draw: on what is shown, and take back their own alone.
  REQUIRE(teacher_page->wish(draw(deck, 2)) == "ok");
  const auto hers = teacher_page->seq;
  CHECK(student_page->wish(draw(deck, 2)) == "ok");
  CHECK(student_page->wish(draw(deck, 3)) == "page-not-shown");
  CHECK(student_page->wish(on_page("undo", deck, 2)) == "ok");
  CHECK(student_page->wish(on_page("undo", deck, 2)) == "ok");  // nothing of hers is left: nothing happens
  student_page->say(on_page("ink", deck, 2));
  const auto ink = student_page->hear("ink")["strokes"];
  REQUIRE(ink.size() == 1);
  CHECK(ink[0]["id"] == hers);
  CHECK(student_page->wish(on_page("clear_page", deck, 2)) == "not-allowed");
  CHECK(teacher_page->wish({{"kind", "class_settings"}, {"drawing", false}}) == "ok");
  CHECK(student_page->wish(draw(deck, 2)) == "drawing-off");
}

TEST_CASE_METHOD(Class, "what is no stroke is refused by its field", "[http][slides][bad]") {
  auto page = enter(teacher);
  REQUIRE(page->wish(show("board", 1)) == "ok");
  const auto with = [](const std::string& name, const json& value) {
    auto message = draw("board", 1);
    message[name] = value;
    return message;
  };
  for (const auto& message :
       {with("points", {1}), with("points", {1, 2, 3}), with("points", {1.5, 2}), with("points", "x"),
        with("points", std::vector<int>(1026, 0)), with("tool", "chainsaw"), with("colour", 6),
        with("width", 0), with("width", 65), with("text", "words"), with("page", 0), with("deck", ""),
        with("html", "<b>")}) {
    INFO(message.dump());
    CHECK(page->wish(message) == "invalid-field");
  }
  auto text = with("tool", "text");
  text["points"] = {10, 10};
  text["text"] = "<script>alert(1)</script>\u202e";
  REQUIRE(page->wish(text) == "ok");
  page->say(on_page("ink", "board", 1));
  CHECK(page->hear("ink")["strokes"][0]["text"] == "<script>alert(1)</script>");
}

TEST_CASE_METHOD(Class, "after a kill -9 the slide, what was drawn and a half-done conversion come back",
                 "[http][slides][crash]") {
  const auto deck = ready();
  auto page = enter(teacher);
  REQUIRE(page->wish(show(deck, 2)) == "ok");
  REQUIRE(page->wish(draw(deck, 2)) == "ok");
  REQUIRE(page->wish(draw(deck, 2, {5, 5, 1, 1})) == "ok");
  REQUIRE(page->wish(show("board", 1)) == "ok");
  REQUIRE(page->wish(draw("board", 1)) == "ok");
  REQUIRE(page->wish(show(deck, 2)) == "ok");
  std::vector<test::PdfPage> many(8, words("a long one"));
  const auto half = test::upload(teaches, id, make_pdf(many));
  json told;
  do
    told = json::parse(teaches.get(slides + "/" + half).body);
  while (told["done"] < 2);
  CHECK(told["state"] == "converting");
  server.kill_dash_nine();
  // A work folder that nobody tidied up.
  std::filesystem::create_directories(folder.path() + "/slides/work/deck_dead");

  test::ServerProcess again(folder.path());
  const RestClient after(again.origin(), teacher);
  CHECK_FALSE(std::filesystem::exists(folder.path() + "/slides/work/deck_dead"));
  const auto whole = test::converted(after, id, half);
  CHECK(whole["state"] == "ready");
  CHECK(whole["done"] == 8);
  Browser back(again.origin(), id);
  const auto welcome = back.enter(student);
  CHECK(welcome["class"]["shown"]["deck"] == deck);
  CHECK(welcome["class"]["shown"]["page"] == 2);
  back.say(on_page("ink", deck, 2));
  CHECK(back.hear("ink")["strokes"].size() == 2);
  back.say(on_page("ink", "board", 1));
  CHECK(back.hear("ink")["strokes"].size() == 1);
  CHECK(after.get(slides + "/" + deck + "/pages/2?width=640").status == 200);
}

TEST_CASE_METHOD(Class, "slides are saved with what was drawn, and white pages likewise", "[http][slides]") {
  const auto deck = ready();
  auto page = enter(teacher);
  REQUIRE(page->wish(show(deck, 1)) == "ok");
  REQUIRE(page->wish(draw(deck, 1)) == "ok");
  CHECK(problem(teaches.get(slides + "/board/export")) == "404 not-found");
  REQUIRE(page->wish(show("board", 1)) == "ok");
  REQUIRE(page->wish(draw("board", 1)) == "ok");
  for (const auto& which : {deck, std::string("board")}) {
    const auto pdf = teaches.get(slides + "/" + which + "/export");
    REQUIRE(pdf.status == 200);
    CHECK(pdf.headers.at("content-type") == "application/pdf");
    CHECK(pdf.headers.at("content-disposition") == "attachment; filename=\"" + which + ".pdf\"");
    CHECK(pdf.body.starts_with("%PDF-"));
  }
  CHECK(problem(learns.get(slides + "/" + deck + "/export")) == "403 not-allowed");
  CHECK(problem(teaches.get(slides + "/deck_none/export")) == "404 not-found");
}

TEST_CASE_METHOD(Class, "files that no deck uses any more go", "[http][slides][files]") {
  const auto one = ready(), two = ready();
  const auto both = page_files();
  CHECK(both <= 9);  // the same pages: the same files
  CHECK(teaches.erase(slides + "/" + one).status == 204);
  const auto third = ready(make_pdf({words("other")}));  // behind the sweep, or before it
  CHECK(learns.get(picture(two, 1)).status == 200);
  CHECK(teaches.erase(slides + "/" + two).status == 204);
  CHECK(teaches.erase(slides + "/" + third).status == 204);
  CHECK(server.terminate() == 0);
  test::ServerProcess again(folder.path());  // sweeps at its start
  const RestClient after(again.origin(), teacher);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (page_files() > 0 && std::chrono::steady_clock::now() < until)
    CHECK(json::parse(after.get(slides).body)["items"].empty());
  CHECK(page_files() == 0);
}
