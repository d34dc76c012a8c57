// Slides and white pages: who may show and draw what, the bounds, and the fold after a restart.
#include "server/lesson/board.hpp"

#include <catch2/catch.hpp>

#include "server/lesson/class_rules.hpp"

using namespace thranio;
using namespace thranio::lesson;
using auth::Role;
using schedule::LessonStatus;

namespace {

const PageRef kPage{"deck_1", 2};

// A class that looks at the second of three pages.
struct Room {
  slides::Deck deck;
  ClassState state;
  Circumstances now;

  Room() {
    deck.id = "deck_1";
    deck.state = slides::DeckState::kReady;
    deck.sizes = {{1920, 1080}, {1920, 1080}, {1080, 1920}};
    now.deck = &deck;
    REQUIRE(ask(ShowPage{kPage}) == "done");
  }
  // What becomes of it; done things happen.
  std::string ask(const Wish& wish, Role role = Role::kTeacher, const std::string& who = "p_t") {
    const Actor actor{ParticipantId{who}, who, role};
    auto act = decide(wish, actor, state, now);
    if (!act) return act.error().code;
    if (!*act) return "nothing";
    // As a restarted server reads it.
    apply(state, event_of(row_of({state.last_seq + 1, {}, actor, **act})));
    return "done";
  }
  std::string student(const Wish& wish) { return ask(wish, Role::kStudent, "p_s"); }
  size_t strokes(const PageRef& page = kPage) const { return state.board.ink_on(page).size(); }
};

Draw pen(const PageRef& page = kPage, std::vector<int> points = {0, 0, 10, 10}) {
  return {page, slides::Tool::kPen, 1, 8, std::move(points)};
}

}  // namespace

TEST_CASE_METHOD(Room, "a page that is shown has its deck's length and its own proportions",
                 "[lesson][class][board]") {
  CHECK(state.board.shown == Shown{kPage, 3, 1920, 1080, {}});
  CHECK(ask(ShowPage{kPage}) == "nothing");
  CHECK(ask(ShowPage{kPage, {0, 0, 2000, 2000}}) == "done");
  CHECK(state.board.shown.view == PageView{0, 0, 2000, 2000});
  CHECK(ask(ShowPage{kPage, {3000, 0, 2000, 2000}}) == "invalid-field");
  CHECK(ask(ShowPage{kPage, {0, 0, 0, 0}}) == "invalid-field");
  CHECK(ask(ShowPage{{"deck_1", 0}}) == "not-found");
  CHECK(ask(ShowPage{{"deck_1", 4}}) == "not-found");
  deck.state = slides::DeckState::kFailed;
  CHECK(ask(ShowPage{{"deck_1", 3}}) == "slides-not-ready");
  deck.state = slides::DeckState::kConverting;
  deck.pages = 200;
  CHECK(ask(ShowPage{{"deck_1", 2}}) == "done");
  CHECK(state.board.shown == Shown{{"deck_1", 2}, 200, 1920, 1080, {}});
  CHECK(ask(ShowPage{{"deck_1", 4}}) == "slides-not-ready");
  CHECK(ask(ShowPage{{"deck_1", 201}}) == "not-found");
  deck.sizes.clear();
  CHECK(ask(ShowPage{{"deck_1", 1}}) == "slides-not-ready");
  now.deck = nullptr;
  CHECK(ask(ShowPage{{"deck_1", 3}}) == "not-found");
  CHECK(ask(ShowPage{}) == "done");
  CHECK(state.board.shown == Shown{});
  CHECK(ask(ShowPage{}) == "nothing");
}

TEST_CASE_METHOD(Room, "white pages come one after the other, up to their bound", "[lesson][class][board]") {
  CHECK(ask(ShowPage{{kWhiteDeck, 2}}) == "not-found");
  for (int page = 1; page <= kMostWhitePages; ++page)
    REQUIRE(ask(ShowPage{{kWhiteDeck, page}}) == "done");
  CHECK(state.board.white_pages == kMostWhitePages);
  CHECK(ask(ShowPage{{kWhiteDeck, kMostWhitePages + 1}}) == "page-full");
  CHECK(ask(ShowPage{{kWhiteDeck, 3}}) == "done");
  CHECK(state.board.shown.pages == kMostWhitePages);
}

TEST_CASE_METHOD(Room, "students draw when they may, where the class looks, and take back their own",
                 "[lesson][class][board]") {
  CHECK(ask(pen()) == "done");
  CHECK(student(pen()) == "drawing-off");
  ChangeSettings open;
  open.drawing = true;
  CHECK(student(open) == "not-allowed");
  CHECK(ask(open) == "done");
  CHECK(student(pen()) == "done");
  CHECK(student(pen({"deck_1", 1})) == "page-not-shown");
  CHECK(ask(pen({"deck_1", 1})) == "page-not-shown");
  CHECK(ask(pen({"", 0})) == "page-not-shown");
  CHECK(strokes() == 2);
  CHECK(student(TakeBack{kPage}) == "done");
  CHECK(student(TakeBack{kPage}) == "nothing");
  CHECK(strokes() == 1);
  CHECK(state.board.ink_on(kPage).front().by == ParticipantId{"p_t"});
  CHECK(student(ClearPage{kPage}) == "not-allowed");
  CHECK(ask(ClearPage{kPage}) == "done");
  CHECK(ask(ClearPage{kPage}) == "nothing");
  CHECK(state.board.ink_bytes == 0);
}

TEST_CASE_METHOD(Room, "every wish about slides × role × state of the lesson", "[lesson][class][board]") {
  struct Row {
    Wish wish;
    const char *teacher, *student, *before;
  };
  for (const auto& row : std::vector<Row>{{ShowPage{{"deck_1", 1}}, "done", "not-allowed", "done"},
                                          {pen(), "done", "drawing-off", "done"},
                                          {TakeBack{kPage}, "nothing", "drawing-off", "nothing"},
                                          {ClearPage{kPage}, "nothing", "not-allowed", "nothing"},
                                          {PointAt{}, "nothing", "not-allowed", "lesson-not-live"},
                                          {ReadInk{kPage}, "nothing", "nothing", "nothing"}}) {
    INFO(row.wish.index());
    const auto as_it_was = state;
    CHECK(ask(row.wish) == row.teacher);
    state = as_it_was;
    CHECK(student(row.wish) == row.student);
    CHECK(ask(row.wish, Role::kGuardian) == "not-allowed");
    now.status = LessonStatus::kScheduled;
    state = as_it_was;
    CHECK(ask(row.wish) == row.before);
    state = as_it_was;
    CHECK(student(row.wish) == "lesson-not-live");
    now.status = LessonStatus::kEnded;
    CHECK(ask(row.wish) == "lesson-ended");
    now.status = LessonStatus::kLive;
    state = as_it_was;
  }
}

TEST_CASE_METHOD(Room, "ten thousand strokes are kept, and the next one is refused",
                 "[lesson][class][board][bad]") {
  for (size_t i = 0; i < kMostStrokes; ++i)
    REQUIRE(ask(pen()) == "done");
  CHECK(strokes() == kMostStrokes);
  CHECK(ask(pen()) == "page-full");
  CHECK(ask(TakeBack{kPage}) == "done");
  CHECK(ask(pen()) == "done");
  CHECK(ask(pen()) == "page-full");
  CHECK(ask(ShowPage{{"deck_1", 3}}) == "done");
  CHECK(ask(pen({"deck_1", 3})) == "done");
}

TEST_CASE_METHOD(Room, "large strokes meet the lesson's bound before their number does",
                 "[lesson][class][board][bad]") {
  const auto large = pen(kPage, std::vector<int>(slides::kMostPoints * 2, 1));
  size_t kept = 0;
  while (ask(large) == "done")
    ++kept;
  CHECK(kept < kMostStrokes);
  CHECK(state.board.ink_bytes <= kMostInk);
  CHECK(ask(large) == "page-full");
}

TEST_CASE_METHOD(Room, "what is no stroke of its tool is refused by its field",
                 "[lesson][class][board][bad]") {
  const auto with = [](slides::Tool tool, std::vector<int> points, const std::string& text = "") {
    return Draw{kPage, tool, 0, 8, std::move(points), text};
  };
  using slides::Tool;
  CHECK(ask(with(Tool::kRectangle, {0, 0})) == "invalid-field");
  CHECK(ask(with(Tool::kRectangle, {0, 0, 1, 1, 1, 1})) == "invalid-field");
  CHECK(ask(with(Tool::kRectangle, {0, 0, 1, 1})) == "done");
  CHECK(ask(with(Tool::kText, {0, 0})) == "invalid-field");
  CHECK(ask(with(Tool::kText, {0, 0}, "\xe2\x80\xae")) == "invalid-field");
  CHECK(ask(with(Tool::kText, {0, 0}, "words")) == "done");
  CHECK(ask(with(Tool::kPen, {0, 0}, "words")) == "invalid-field");
  CHECK(ask(Draw{kPage, Tool::kPen, 6, 8, {0, 0}}) == "invalid-field");
  CHECK(ask(Draw{kPage, Tool::kPen, 0, 65, {0, 0}}) == "invalid-field");
  CHECK(ask(Draw{kPage, Tool::kPen, 0, 8, {0}}) == "invalid-field");
}

TEST_CASE("an event whose body is no stroke stays what it is, and changes nothing",
          "[lesson][class][board]") {
  for (const std::string body :
       {R"({"deck":"d","page":1,"tool":"pen","colour":1,"width":8,"points":[1]})",
        R"({"deck":"d","page":1,"tool":"saw","colour":1,"width":8,"points":[1,1]})", R"({"deck":1})", "[]"}) {
    const auto event = event_of({1, 0, "stroke", "p_1", "Nikos", body});
    CHECK(std::holds_alternative<OtherAct>(event.act));
    ClassState state;
    apply(state, event);
    CHECK(state.board.ink.empty());
  }
}
