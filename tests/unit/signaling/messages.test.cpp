#include "server/signaling/messages.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "server/embedded/embedded_files.hpp"

using namespace thranio;
using nlohmann::json;
using signaling::decode;
using signaling::Hello;
using signaling::Media;
using signaling::Ping;

namespace {

bool fits_schema(const json& message) {
  using Adapter = valijson::adapters::NlohmannJsonAdapter;
  const json document = json::parse(*embedded::find("schema/messages/server-to-client.json"));
  valijson::Schema schema;
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  parser.populateSchema(Adapter(document), schema);
  return valijson::Validator().validate(schema, Adapter(message), nullptr);
}

lesson::Person person() {
  return {ParticipantId{"p_1"}, "Ελένη", auth::Role::kStudent, lesson::Device::kMuted, lesson::Device::kNone};
}

schedule::LessonRecord record() {
  schedule::LessonRecord lesson;
  lesson.id = LessonId{"l_1"};
  lesson.title = "Waves";
  lesson.class_title = "Physics";
  lesson.status = schedule::LessonStatus::kLive;
  return lesson;
}

lesson::Stage stage() {
  lesson::Stage stage;
  stage.voices[0] = stage.camera = ParticipantId{"p_1"};
  return stage;
}

}  // namespace

TEST_CASE("hello, media and ping are read into their values", "[signaling]") {
  const auto hello = decode(R"({"kind":"hello","token":"thr_x","name":"Eleni","guest_key":"12345678"})");
  REQUIRE(hello.has_value());
  CHECK(std::get<Hello>(*hello).token == "thr_x");
  CHECK(std::get<Hello>(*hello).name == "Eleni");
  CHECK(std::get<Hello>(*hello).guest_key == "12345678");
  const auto media = decode(R"({"kind":"media","microphone":"muted","camera":"on"})");
  REQUIRE(media.has_value());
  CHECK(std::get<Media>(*media).microphone == lesson::Device::kMuted);
  CHECK(std::get<Media>(*media).camera == lesson::Device::kOn);
  for (const auto& [word, device] :
       {std::pair{"refused", lesson::Device::kRefused}, {"missing", lesson::Device::kMissing}}) {
    const auto refused = decode(json{{"kind", "media"}, {"microphone", word}, {"camera", "none"}}.dump());
    REQUIRE(refused.has_value());
    CHECK(std::get<Media>(*refused).microphone == device);
  }
  const auto ping = decode(R"({"kind":"ping","nonce":4294967295})");
  REQUIRE(ping.has_value());
  CHECK(std::get<Ping>(*ping).nonce == 4294967295U);
}

TEST_CASE("what is no JSON object is invalid-json", "[signaling]") {
  const std::string text = GENERATE(as<std::string>{}, "", "hello", "[]", "null", "7", "{",
                                    "{\"kind\":\"ping\"", "{} {}", "\xff\xfe", std::string(60'000, '['),
                                    std::string(R"({"kind":"ping","nonce":)") + std::string(60'000, '{'));
  const auto message = decode(text);
  REQUIRE_FALSE(message.has_value());
  CHECK(message.error().code == "invalid-json");
}

TEST_CASE("a message of the wrong shape names the field at fault", "[signaling]") {
  const auto [text, field] = GENERATE(table<std::string, std::string>({
      {R"({})", "/kind"},
      {R"({"kind":7})", "/kind"},
      {R"({"kind":"shout"})", "/kind"},
      {R"({"kind":"ping"})", "/"},
      {R"({"kind":"ping","nonce":"1"})", "/nonce"},
      {R"({"kind":"ping","nonce":-1})", "/nonce"},
      {R"({"kind":"ping","nonce":4294967296})", "/nonce"},
      {R"({"kind":"ping","nonce":1.5})", "/nonce"},
      {R"({"kind":"ping","nonce":1,"more":1})", "/"},
      {R"({"kind":"hello"})", "/"},
      {R"({"kind":"hello","token":""})", "/token"},
      {R"({"kind":"hello","token":["x"]})", "/token"},
      {R"({"kind":"hello","token":"x","guest_key":"short"})", "/guest_key"},
      {R"({"kind":"media","microphone":"loud","camera":"on"})", "/microphone"},
  }));
  CAPTURE(text);
  const auto message = decode(text);
  REQUIRE_FALSE(message.has_value());
  CHECK(message.error().code == "invalid-field");
  CHECK(message.error().field == field);
}

TEST_CASE("a token or a name longer than the schema allows is refused", "[signaling]") {
  CHECK_FALSE(decode(json{{"kind", "hello"}, {"token", std::string(201, 'x')}}.dump()).has_value());
  CHECK_FALSE(
      decode(json{{"kind", "hello"}, {"token", "x"}, {"name", std::string(65, 'x')}}.dump()).has_value());
}

namespace {

// One of each act, alone and together, and all sums.
std::vector<lesson::Event> class_events() {
  using namespace lesson;
  const Actor nikos{ParticipantId{"p_1"}, "Νίκος \xff", auth::Role::kStudent};
  const Poll poll{3, "Which?", PollKind::kSingle, {"a", "b"}, false};
  ChatLine to_person{"psst", ChatLine::To::kPerson, ParticipantId{"p_2"}, "Eleni"};
  ChatLine to_teachers{"?", ChatLine::To::kTeachers};
  to_teachers.by_teacher = true;
  to_person.by_guest = true;
  to_person.reply_to = 2;
  const std::vector<ClassAct> acts{
      ChatLine{"<b>hello</b>"},
      to_person,
      to_teachers,
      LineDeleted{1},
      HandRaised{},
      HandLowered{ParticipantId{"p_1"}},
      Signalled{Signal::kLost},
      PollOpened{poll},
      PollAnswered{3, {{1}, "", 0}},
      PollAnswered{3, {{}, "light", 0}},
      PollAnswered{3, {{}, "", 0}},
      PollClosed{3},
      SettingsChanged{{ChatMode::kToTeacher, true, 5, true}, {}},
      PersonRemoved{ParticipantId{"p_2"}, "Eleni"},
      PersonsAdmitted{{{ParticipantId{"p_2"}, "Eleni"}, {ParticipantId{"p_3"}, ""}}},
      PersonTurnedAway{ParticipantId{"p_2"}, "Eleni"},
      FloorGiven{ParticipantId{"p_2"}, "Eleni", true},
      FloorEnded{ParticipantId{"p_2"}, FloorEnded::Why::kLeft},
      VoicesMuted{{ParticipantId{"p_1"}, ParticipantId{"p_2"}}, true},
      PageShown{},
      PageShown{{{"deck_1", 2}, 3, 1920, 1080, {0, 0, 2047, 2047}}},
      StrokeDrawn{{"deck_1", 2},
                  std::make_shared<const slides::Stroke>(
                      slides::Stroke{slides::Tool::kText, 1, 8, {{5, 6}}, "<b>here</b>"})},
      StrokeTakenBack{{"deck_1", 2}, 5},
      PageCleared{{"deck_1", 2}}};
  std::vector<Event> events;
  ClassBatch all;
  for (const auto& act : acts) {
    ClassNews news{std::make_shared<const ClassEvent>(ClassEvent{7, {}, nikos, act})};
    if (std::holds_alternative<PollClosed>(act))
      news.tally = Tally{2, {1, 1}, {{"light", 1}}, Tally::Numbers{1, 2, 1.5}};
    events.emplace_back(ClassBatch{{news}});
    all.news.push_back(news);
  }
  events.emplace_back(all);
  events.emplace_back(Tallied{3, Tally{2, {1, 1}, {}, {}}});
  events.emplace_back(SignalsSummed{{3, 1}});
  Reactions reactions;
  reactions.counts[2] = 4;
  events.emplace_back(reactions);
  events.emplace_back(Accepted{1, 7});
  events.emplace_back(InkTold{{"board", 1},
                              {{5, nikos.id,
                                std::make_shared<const slides::Stroke>(
                                    slides::Stroke{slides::Tool::kPen, 0, 8, {{1, 2}, {3, 4}}, ""})}},
                              true,
                              true});
  events.emplace_back(Pointed{slides::Point{7, 8}});
  events.emplace_back(Pointed{});
  slides::Deck deck;
  deck.id = "deck_1";
  deck.title = "Waves";
  deck.state = slides::DeckState::kFailed;
  deck.reason = "slides-unreadable";
  events.emplace_back(DecksTold{{deck}});
  events.emplace_back(InLobby{"server_1", ParticipantId{"p_1"}, record(), true});
  events.emplace_back(WaitingPeople{{{ParticipantId{"p_2"}, "Eleni", auth::Role::kStudent, {}, false},
                                     {ParticipantId{"p_3"}, "Nikos", auth::Role::kGuest, {}, true}},
                                    2});
  auto taken = person();
  taken.name_taken = true;
  events.emplace_back(Joined{taken});
  Refused refused{{ErrorKind::kTooMany, "chat-too-fast", "Wait.", "", {}, {{"retry_after_seconds", "5"}}}, 9};
  events.emplace_back(refused);
  Welcome welcome{"server_1", ParticipantId{"p_1"}, record(), {person()}, 1, stage()};
  welcome.class_state.emplace();
  events.emplace_back(welcome);
  auto& state = *welcome.class_state;
  state.last_seq = 9;
  for (const auto& line : {ChatLine{"x"}, to_person, to_teachers})
    state.chat.push_back({1, {}, nikos.id, nikos.name, line, false});
  state.chat.back().deleted = true;
  state.hands.push_back({nikos.id, nikos.name, {}});
  state.floor.push_back({nikos.id, nikos.name, true, {}});
  state.muted.push_back(nikos.id);
  state.poll = ClassSnapshot::OpenPollView{poll, PollAnswer{{1}, "", 0}, Tally{1, {0, 1}, {}, {}}};
  state.closed.push_back({poll, {}, {}, Tally{1, {0, 1}, {}, {}}});
  state.signals = SignalSums{1, 2};
  events.emplace_back(welcome);
  return events;
}

template <typename W>
W wish(const std::string& text) {
  const auto message = decode(text);
  INFO(text);
  REQUIRE(message.has_value());
  return std::get<W>(std::get<signaling::ClassWish>(*message).wish);
}

}  // namespace

TEST_CASE("what a class wishes is read into its values", "[signaling][class]") {
  using namespace lesson;
  CHECK(wish<Say>(R"({"kind":"chat","text":"hello","to":"teachers"})").to == "teachers");
  CHECK(wish<DeleteLine>(R"({"kind":"delete_message","line":7})").line == 7);
  CHECK_FALSE(wish<RaiseHand>(R"({"kind":"hand","raised":false})").raised);
  CHECK(wish<LowerHand>(R"({"kind":"lower_hand","person":"p_1"})").person.value() == "p_1");
  CHECK(wish<GiveSignal>(R"({"kind":"signal","signal":"i-am-lost"})").signal == Signal::kLost);
  CHECK(wish<React>(R"({"kind":"reaction","reaction":"heart"})").reaction == Reaction::kHeart);
  const auto poll =
      wish<OpenPoll>(R"({"kind":"poll_open","question":"?","choice":"multiple","choices":["a","b"]})").poll;
  CHECK(poll.kind == PollKind::kMultiple);
  CHECK(poll.choices.size() == 2);
  CHECK(poll.anonymous);
  const auto answer = wish<AnswerPoll>(R"({"kind":"poll_answer","poll":3,"number":-2.5})");
  CHECK(answer.number == -2.5);
  CHECK_FALSE((answer.choices || answer.text));
  CHECK(wish<ClosePoll>(R"({"kind":"poll_close","poll":3})").poll == 3);
  const auto settings = wish<ChangeSettings>(R"({"kind":"class_settings","chat":"off","locked":true})");
  CHECK(settings.chat == ChatMode::kOff);
  CHECK(settings.locked == true);
  CHECK_FALSE((settings.private_chat || settings.slow_seconds));
  CHECK(wish<RemovePerson>(R"({"kind":"remove","person":"p_1"})").person.value() == "p_1");
  CHECK_FALSE(wish<GiveFloor>(R"({"kind":"give_floor","person":"p_1"})").camera);
  CHECK(wish<GiveFloor>(R"({"kind":"give_floor","person":"p_1","camera":true})").camera);
  CHECK(wish<EndFloor>(R"({"kind":"end_floor","person":"p_1"})").person.value() == "p_1");
  CHECK_FALSE(wish<Mute>(R"({"kind":"mute","muted":true})").person);
  CHECK(wish<Mute>(R"({"kind":"mute","person":"p_1","muted":false})").person->value() == "p_1");
  CHECK(wish<ChangeSettings>(R"({"kind":"class_settings","speak_freely":true})").speak_freely == true);
  CHECK(std::get<signaling::ClassWish>(*decode(R"({"kind":"hand","raised":true,"ref":5})")).ref == 5U);
  CHECK(std::get<Hello>(*decode(R"({"kind":"hello","token":"x","last_seq":12})")).last_seq == 12);
}

TEST_CASE("a wish of the wrong shape is refused, and its number is found", "[signaling][class][bad-input]") {
  const std::string text = GENERATE(
      as<std::string>{}, R"({"kind":"chat","ref":5})", R"({"kind":"chat","text":"","ref":5})",
      R"({"kind":"chat","text":"x","to":7,"ref":5})", R"({"kind":"delete_message","line":0,"ref":5})",
      R"({"kind":"delete_message","line":1e300,"ref":5})", R"({"kind":"hand","raised":"yes","ref":5})",
      R"({"kind":"signal","signal":"dance","ref":5})", R"({"kind":"reaction","reaction":"💥","ref":5})",
      R"({"kind":"poll_open","question":"?","choice":"essay","ref":5})",
      R"({"kind":"poll_answer","poll":1,"choices":[10],"ref":5})",
      R"({"kind":"poll_answer","poll":1,"number":"1","ref":5})",
      R"({"kind":"class_settings","slow_seconds":-1,"ref":5})", R"({"kind":"remove","person":"","ref":5})",
      R"({"kind":"remove","ref":5,"x":1})", R"({"kind":"give_floor","ref":5})",
      R"({"kind":"give_floor","person":"p_1","camera":"yes","ref":5})", R"({"kind":"end_floor","ref":5})",
      R"({"kind":"mute","ref":5})", R"({"kind":"mute","muted":true,"person":"","ref":5})");
  INFO(text);
  CHECK(decode(text).error().code == "invalid-field");
  CHECK(signaling::ref_in(text) == 5U);
  CHECK_FALSE(decode(R"({"kind":"hand","raised":true,"ref":-1})"));
  CHECK_FALSE(signaling::ref_in(R"({"kind":"hand","ref":-1})"));
  CHECK_FALSE(signaling::ref_in("["));
}

TEST_CASE("everything we say fits schema/messages/server-to-client.json", "[signaling]") {
  std::vector<lesson::Event> events;
  events.emplace_back(
      lesson::Welcome{"server_1", ParticipantId{"p_1"}, record(), {person(), person()}, 2, stage()});
  events.emplace_back(lesson::Joined{person()});
  events.emplace_back(lesson::Left{ParticipantId{"p_1"}, lesson::LeftReason::kLeft});
  events.emplace_back(lesson::Left{ParticipantId{"p_1"}, lesson::LeftReason::kLinkLost});
  events.emplace_back(lesson::Changed{person()});
  auto refused = person();
  refused.microphone = lesson::Device::kRefused;
  refused.camera = lesson::Device::kMissing;
  events.emplace_back(lesson::Changed{refused});
  events.emplace_back(lesson::Count{2000});
  events.emplace_back(lesson::StageChanged{});
  events.emplace_back(lesson::StageChanged{stage()});
  events.emplace_back(lesson::LessonChanged{record()});
  auto layered = record();
  layered.camera_codec = "vp9";
  events.emplace_back(lesson::LessonChanged{layered});
  events.emplace_back(lesson::GoingAway{});
  events.emplace_back(lesson::Pong{4294967295U});
  events.emplace_back(lesson::RulesTold{});
  events.emplace_back(lesson::RulesTold{schedule::PrivateChat::kOff, false});
  events.emplace_back(lesson::Refused{{ErrorKind::kInvalid, "invalid-field", "No.", "/kind", {}}});
  events.emplace_back(lesson::Refused{{ErrorKind::kInvalid, "invalid-json", "No.", "", {}}});
  for (auto& event : class_events())
    events.push_back(std::move(event));
  for (const auto& event : events) {
    const std::string text = signaling::encode(event);
    CAPTURE(text);
    CHECK(fits_schema(json::parse(text)));
  }
  CHECK_FALSE(fits_schema(json{{"kind", "shout"}}));  // the check itself can fail
}

TEST_CASE("a name that is no UTF-8 is encoded all the same", "[signaling]") {
  auto odd = person();
  odd.name = "\xff\xfe";
  CHECK(fits_schema(json::parse(signaling::encode(lesson::Joined{odd}))));
}
