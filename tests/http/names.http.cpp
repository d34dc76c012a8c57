// What people, classes and schools are called, over every way by which a name comes in: what would turn the
// direction of the words beside it, hide, or pile up marks is left out; markup stays text; a formula stays
// text in a spreadsheet.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/class_browser.hpp"
#include "tests/support/school_client.hpp"

using namespace thranio;
using nlohmann::json;
using test::Browser;
using test::code;
using test::RestClient;

namespace {

std::string marks(int many) {
  std::string all;
  for (int i = 0; i < many; ++i)
    all += "\u0301\u0489";
  return all;
}

// As it is sent, and as everybody reads it.
const std::string kBad =
    "\u202e\u2067=A<b>d</b>a\u200b" + marks(12) + "\u2069 \u0007x\u2066\u2068\u202a\u202b\u202c\u202d ";
const std::string kGood = "=A<b>d</b>a" + marks(2) + " x";
const std::string kNothing = "\u202e\u2066\u2069\u200b";

struct NamesFixture : test::SchoolClient {
  std::string home = school();
  std::string group = cls(home);
  std::string teacher = user(home, "teacher");

  NamesFixture() { enroll(group, teacher, "teacher"); }
  std::string lesson_now() const {
    const auto id = lesson(group);
    REQUIRE(admin.post("/lessons/" + id + "/start", "").status == 200);
    return id;
  }
  std::string link(const std::string& id, const json& who) const {
    const auto answer = admin.post("/lessons/" + id + "/join-links", who.dump());
    REQUIRE(answer.status == 201);
    return json::parse(answer.body)["token"];
  }
};

struct Door {
  std::string path, item;  // where it is made; where one is read, if it is
  json body;
  std::string member;
};

}  // namespace

TEST_CASE_METHOD(NamesFixture,
                 "a name that comes in by REST is kept as it can be shown, and not without any sign",
                 "[http][names][bad-input]") {
  const std::string here = "/schools/" + home;
  const json person{{"given_name", "Ada"}, {"family_name", "Beta"}, {"roles", {"student"}}};
  const json term{{"title", "Autumn"},
                  {"type", "term"},
                  {"school_year", "2027"},
                  {"starts_on", "2026-09-01"},
                  {"ends_on", "2026-12-20"}};
  const json weekly{{"title", "Waves"},
                    {"starts_at_local", "2026-10-05T09:00"},
                    {"duration_minutes", 45},
                    {"rrule", "FREQ=WEEKLY;COUNT=2"}};
  const std::vector<Door> doors{
      {"/schools", "/schools/", {{"name", "x"}, {"time_zone", "Europe/Athens"}}, "name"},
      {here + "/users", "/users/", person, "given_name"},
      {here + "/users", "/users/", person, "middle_name"},
      {here + "/users", "/users/", person, "family_name"},
      {here + "/classes", "/classes/", {{"title", "x"}}, "title"},
      {here + "/classes", "/classes/", {{"title", "x"}}, "location"},
      {here + "/courses", "/courses/", {{"title", "x"}}, "title"},
      {here + "/academic-sessions", "/academic-sessions/", term, "title"},
      {here + "/closures",
       "/closures/",
       {{"title", "x"}, {"starts_on", "2026-10-28"}, {"ends_on", "2026-10-28"}},
       "title"},
      {"/classes/" + group + "/lessons", "/lessons/", waves(), "title"},
      {"/classes/" + group + "/lesson-series", "/lesson-series/", weekly, "title"},
  };
  for (const auto& door : doors) {
    INFO(door.path << " " << door.member);
    auto body = door.body;
    body[door.member] = kNothing;
    const auto refused = admin.post(door.path, body.dump());
    CHECK(code(refused) == "400 invalid-field");
    CHECK(json::parse(refused.body).value("field", "") == "/" + door.member);
    body[door.member] = kBad;
    const auto made = admin.post(door.path, body.dump());
    INFO(made.body);
    REQUIRE(made.status == 201);
    CHECK(json::parse(made.body)[door.member] == kGood);
    const std::string item = door.item + json::parse(made.body)["id"].get<std::string>();
    CHECK(read(item)[door.member] == kGood);
    CHECK(code(change(item, {{door.member, kNothing}})) == "400 invalid-field");
    CHECK(change(item, {{door.member, "plain"}}).status == 200);
    CHECK(change(item, {{door.member, kBad}}).status == 200);
    CHECK(read(item)[door.member] == kGood);
  }
  const auto many = admin.post(here + "/classes/bulk", json{{"items", {{{"title", kBad}}}}}.dump());
  REQUIRE(many.status == 200);
  CHECK(read(here + "/classes?sort=-title")["items"].dump().find("\u202e") == std::string::npos);
}

TEST_CASE_METHOD(NamesFixture, "tokens, clients, links and reasons are cleaned alike",
                 "[http][names][bad-input]") {
  const auto id = lesson_now();
  const std::string here = "/schools/" + home;
  const json token{{"role", "teacher"}, {"user_id", teacher}};
  struct {
    std::string path;
    json body;
  } const doors[] = {{"/tokens", token},
                     {here + "/clients", json::object()},
                     {"/lessons/" + id + "/join-links", {{"role", "guest"}}}};
  for (const auto& [path, body] : doors) {
    INFO(path);
    auto named = body;
    named["name"] = kNothing;
    CHECK(code(admin.post(path, named.dump())) == "400 invalid-field");
    named["name"] = kBad;
    CHECK(admin.post(path, named.dump()).status == 201);
  }
  CHECK(read(here + "/tokens").dump().find(json(kGood).dump()) != std::string::npos);
  CHECK(read(here + "/clients")["items"][0]["name"] == kGood);
}

TEST_CASE_METHOD(NamesFixture, "holidays that come in as a calendar bring no more than their words",
                 "[http][names][bad-input][calendar]") {
  const std::string calendar =
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
      "DTSTART;VALUE=DATE:20261028\r\nSUMMARY:Ochi \u202eday\u2069\r\nEND:VEVENT\r\n"
      "BEGIN:VEVENT\r\nUID:2\r\nDTSTART;VALUE=DATE:20261117\r\nSUMMARY:\u202e\r\n"
      "END:VEVENT\r\nEND:VCALENDAR\r\n";
  const auto done = admin.ask("POST", "/schools/" + home + "/closures/import", "text/calendar", calendar);
  REQUIRE(done.status == 200);
  const auto items = json::parse(done.body)["items"];
  REQUIRE(items.size() == 2);
  CHECK(items[0]["closure"]["title"] == "Ochi day");
  CHECK(items[1]["closure"]["title"] == "Closed");
}

TEST_CASE_METHOD(NamesFixture, "a bad name is harmless wherever the class tells it",
                 "[http][names][bad-input]") {
  const auto id = lesson_now();
  const bool herself = GENERATE(false, true);  // an open link's holder says her name, or the link does
  auto guest = herself ? json{{"role", "guest"}} : json{{"role", "guest"}, {"name", kBad}};
  Browser teaches(server.origin(), id), studies(server.origin(), id), nameless(server.origin(), id);
  teaches.enter(link(id, {{"role", "teacher"}, {"user_id", teacher}}));
  REQUIRE(teaches.wish({{"kind", "class_settings"}, {"lobby", "guests"}}) == "ok");
  const json hello = herself ? json{{"name", kBad}, {"guest_key", "one-of-many-keys"}} : json::object();
  REQUIRE(studies.enter(link(id, guest), hello)["kind"] == "lobby");
  auto waiting = teaches.hear("waiting");
  while (waiting["people"].empty())
    waiting = teaches.hear("waiting");
  CHECK(waiting["people"][0]["name"] == kGood);
  REQUIRE(teaches.wish({{"kind", "admit"}}) == "ok");
  const std::string person = studies.hear("welcome")["you"];

  REQUIRE(studies.wish({{"kind", "hand"}, {"raised", true}}) == "ok");
  CHECK(teaches.hear("hand")["name"] == kGood);
  REQUIRE(teaches.wish({{"kind", "give_floor"}, {"person", person}}) == "ok");
  CHECK(studies.hear("floor_given")["on_floor"]["name"] == kGood);
  REQUIRE(studies.wish({{"kind", "chat"}, {"text", "hello"}}) == "ok");
  CHECK(teaches.hear("chat")["line"]["name"] == kGood);
  REQUIRE(teaches.wish(
              {{"kind", "poll_open"}, {"question", "Which?"}, {"choice", "text"}, {"anonymous", false}}) ==
          "ok");
  REQUIRE(studies.wish({{"kind", "poll_answer"}, {"poll", teaches.seq}, {"text", kBad}}) == "ok");

  Browser late(server.origin(), id);
  const auto welcome = late.enter(link(id, {{"role", "teacher"}, {"user_id", teacher}}));
  CHECK(welcome["people"].dump().find(json(kGood).dump()) != std::string::npos);
  CHECK(welcome.dump().find("\u202e") == std::string::npos);
  CHECK(read("/lessons/" + id + "/chat")["items"][0]["name"] == kGood);
  const auto answer = read("/lessons/" + id + "/polls")["items"][0]["answers"][0];
  CHECK(answer["name"] == kGood);
  CHECK(answer["text"] == kGood);
  const auto sheets = {"/attendance", "/polls"};
  for (const std::string sheet : sheets) {
    const auto csv = admin.get("/lessons/" + id + sheet + "?format=csv").body;
    INFO(csv);
    CHECK(csv.find("\"'" + kGood + "\"") != csv.npos);  // a text, no formula
    CHECK(csv.find("\u202e") == csv.npos);
  }
  CHECK(read("/lessons/" + id + "/report").dump().find("\u202e") == std::string::npos);
  CHECK(nameless.enter(link(id, {{"role", "guest"}}),
                       {{"name", kNothing}, {"guest_key", "another-key-is-it"}})["type"] ==
        "/problems/name-required");
}
