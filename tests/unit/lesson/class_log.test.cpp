#include "server/lesson/class_log.hpp"

#include <catch2/catch.hpp>

using namespace thranio;
using namespace thranio::lesson;

namespace {

const Actor kNikos{ParticipantId{"p_nikos"}, "Nikos", auth::Role::kStudent};

struct Notes {
  ClassLog log;
  std::vector<std::string> heard;  // what senders were told

  bool say(const std::string& text) {
    const auto added = log.add(kNikos, {}, ChatLine{text}, [this, text](const Result<int64_t>& seq) {
      heard.push_back(text + (seq ? " " + std::to_string(*seq) : " " + seq.error().code));
    });
    return added.has_value();
  }
};
using Words = std::vector<std::string>;

std::vector<int64_t> numbers(const std::vector<ClassEventPtr>& events) {
  std::vector<int64_t> all;
  for (const auto& event : events)
    all.push_back(event->seq);
  return all;
}

const Error kFull{ErrorKind::kUnavailable, "store-unavailable", "Full.", "", {}};

}  // namespace

TEST_CASE("while a batch is being written, what comes gathers for the next", "[lesson][class][log]") {
  Notes notes;
  notes.say("a");
  CHECK(numbers(notes.log.begin()) == std::vector<int64_t>{1});
  notes.say("b");
  notes.say("c");
  CHECK(notes.log.begin().empty());  // one is under way
  CHECK(notes.heard.empty());
  CHECK(notes.log.told().last_seq == 0);
  CHECK(notes.log.ahead().last_seq == 3);
  CHECK(numbers(notes.log.committed()) == std::vector<int64_t>{1});
  CHECK(notes.heard == Words{"a 1"});
  CHECK(numbers(notes.log.begin()) == std::vector<int64_t>{2, 3});
  CHECK(numbers(notes.log.committed()) == std::vector<int64_t>{2, 3});
  CHECK(notes.log.told().chat.size() == 3);
  CHECK(notes.log.begin().empty());
}

TEST_CASE("a batch that fails is told to its senders and to those who built on it, and to nobody else",
          "[lesson][class][log]") {
  Notes notes;
  notes.say("a");
  notes.log.begin();
  notes.log.committed();
  notes.say("b");
  notes.log.begin();
  notes.say("c");
  notes.heard.clear();
  notes.log.failed(kFull);
  CHECK(notes.heard == Words{"b store-unavailable", "c store-unavailable"});
  CHECK(notes.log.ahead().last_seq == 1);
  CHECK(notes.log.told().chat.size() == 1);
  CHECK(notes.log.replaces());
  notes.say("d");
  CHECK(numbers(notes.log.begin()) == std::vector<int64_t>{2});
  notes.log.committed();
  CHECK_FALSE(notes.log.replaces());
}

TEST_CASE("a wish that changes nothing is answered when what it was judged by is on disk, or did not happen",
          "[lesson][class][log]") {
  Notes notes;
  const auto nothing = [&](const std::string& name) {
    return notes.log
        .add_nothing([&notes, name](const Result<int64_t>& seq) {
          notes.heard.push_back(name + (seq ? " done" : " " + seq.error().code));
        })
        .has_value();
  };
  nothing("first");
  CHECK(notes.heard == Words{"first done"});
  notes.say("a");
  notes.log.begin();
  nothing("again a");
  notes.say("b");
  nothing("again b");
  notes.heard.clear();
  notes.log.committed();
  CHECK(notes.heard == Words{"a 1", "again a done"});
  notes.log.begin();
  notes.log.failed(kFull);
  CHECK(notes.heard == Words{"a 1", "again a done", "b store-unavailable", "again b store-unavailable"});
  notes.say("c");
  for (size_t i = 0; i < ClassLog::kMostWaiting; ++i)
    REQUIRE(nothing("x"));
  CHECK_FALSE(nothing("one more"));
}

TEST_CASE("what waits is bounded: the sender is told, and the rest stands", "[lesson][class][log]") {
  Notes notes;
  for (size_t i = 0; i < ClassLog::kMostWaiting; ++i)
    REQUIRE(notes.say("x"));
  CHECK_FALSE(notes.say("one more"));
  CHECK(notes.log.begin().size() == ClassLog::kMostInBatch);
  CHECK(notes.log.ahead().last_seq == static_cast<int64_t>(ClassLog::kMostWaiting));
}

TEST_CASE("who comes back hears what she missed while it is kept", "[lesson][class][log]") {
  Notes notes;
  for (size_t i = 0; i < ClassLog::kKept + 5; ++i)
    notes.say("x");
  while (!notes.log.begin().empty())
    notes.log.committed();
  const auto last = notes.log.told().last_seq;
  CHECK(numbers(*notes.log.after(last - 2)) == std::vector{last - 1, last});
  CHECK(notes.log.after(last)->empty());
  CHECK(notes.log.after(5)->size() == ClassLog::kKept);
  CHECK_FALSE(notes.log.after(4));
  CHECK_FALSE(notes.log.after(last + 1));  // of another life of the database
  CHECK_FALSE(notes.log.after(-1));
}

TEST_CASE("a poll's id is the number of its opening", "[lesson][class][log]") {
  ClassLog log;
  (void)log.add(kNikos, {}, HandRaised{}, nullptr);
  (void)log.add(kNikos, {}, PollOpened{{0, "?", PollKind::kYesNo, {}, true}}, nullptr);
  CHECK(log.ahead().poll->poll.id == 2);
}
