// Any text on the class's WebSocket: a refusal that names its field, or a message within the schema's bounds.
// fuzz-sources: server/signaling/messages.cpp server/store/times.cpp
// fuzz-sources: server/auth/principal.cpp server/schedule/lesson_record.cpp
// fuzz-sources: server/signaling/class_messages.cpp server/lesson/class_event.cpp
// fuzz-sources: server/lesson/class_state.cpp server/lesson/class_rules.cpp
// fuzz-sources: server/lesson/board.cpp
// fuzz-sources: server/signaling/slide_messages.cpp server/slides/stroke.cpp server/slides/deck.cpp
#include <string_view>

#include "pipelines/base/text.hpp"
#include "server/signaling/messages.hpp"
#include "tests/fuzz/require.hpp"

using namespace thranio;

namespace {

// A student's or a teacher's wish in a class where much goes on: what comes of it can be kept, read back and
// told, and its text is clean however often it is cleaned.
void judge(const lesson::Wish& wish) {
  using namespace lesson;
  for (const auto role : {auth::Role::kTeacher, auth::Role::kStudent}) {
    const Actor me{ParticipantId{"p_me"}, "Me", role};
    ClassState state;
    apply(state, {1, {}, me, ChatLine{"a line"}});
    apply(state, {2, {}, me, PollOpened{{2, "?", PollKind::kMultiple, {"a", "b", "c"}, true}}});
    apply(state, {3, {}, me, PageShown{{{kWhiteDeck, 1}, 1, kWhiteWidth, kWhiteHeight, {}}}});
    state.settings.drawing = true;
    slides::Deck deck;
    deck.id = deck_in(wish);
    deck.state = slides::DeckState::kReady;
    deck.sizes = {{1920, 1080}, {1080, 1920}};
    Circumstances now;
    now.deck = &deck;
    now.other = Actor{ParticipantId{"p_other"}, "Other", auth::Role::kStudent};
    now.waiting = {{ParticipantId{"p_1"}, "One", auth::Role::kGuest}};
    const WordList words{"a", "fool"};
    now.words = &words;
    const auto act = decide(wish, me, state, now);
    if (!act) {
      require(!act.error().code.empty() && !act.error().detail.empty());
      continue;
    }
    if (!*act) continue;
    const ClassEvent event{4, {}, me, **act};
    const auto again = event_of(row_of(event));
    require(again.act.index() == event.act.index());
    apply(state, again);
    require(!signaling::encode(ClassBatch{{{std::make_shared<const ClassEvent>(again)}}}).empty());
    if (const auto* drawn = std::get_if<StrokeDrawn>(&again.act)) {
      require(*drawn->stroke == *std::get<StrokeDrawn>(event.act).stroke);
      require(state.board.ink_on(drawn->page).size() == 1);
    }
    if (const auto* line = std::get_if<ChatLine>(&again.act)) {
      require(!line->text.empty() && length_of(line->text) <= kLongestLine);
      require(clean_text(line->text, Lines::kMany) == line->text);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // An offer of media comes as text, too, and whatever it is, no student's picture is let through in it.
  const std::string_view offer{reinterpret_cast<const char*>(data), size};
  if (lesson::may_publish(auth::Role::kStudent, offer, false)) require(!offer.starts_with("m=video"));
  const auto message = signaling::decode({reinterpret_cast<const char*>(data), size});
  if (!message) {
    require(!message.error().code.empty() && !message.error().detail.empty());
    // The refusal goes back over the same socket, whatever bytes it speaks of.
    require(!signaling::encode(lesson::Refused{message.error()}).empty());
    return 0;
  }
  if (const auto* hello = std::get_if<signaling::Hello>(&*message)) {
    require(!hello->token.empty() && hello->token.size() <= 256);
    require(hello->name.size() <= 4 * 64 && hello->guest_key.size() <= 4 * 64);
  }
  if (const auto* wish = std::get_if<signaling::ClassWish>(&*message)) judge(wish->wish);
  return 0;
}
