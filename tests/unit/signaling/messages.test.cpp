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

TEST_CASE("everything we say fits schema/messages/server-to-client.json", "[signaling]") {
  std::vector<lesson::Event> events;
  events.emplace_back(
      lesson::Welcome{"server_1", ParticipantId{"p_1"}, record(), {person(), person()}, 2, stage()});
  events.emplace_back(lesson::Joined{person()});
  events.emplace_back(lesson::Left{ParticipantId{"p_1"}, lesson::LeftReason::kLeft});
  events.emplace_back(lesson::Left{ParticipantId{"p_1"}, lesson::LeftReason::kLinkLost});
  events.emplace_back(lesson::Changed{person()});
  events.emplace_back(lesson::Count{2000});
  events.emplace_back(lesson::StageChanged{});
  events.emplace_back(lesson::StageChanged{stage()});
  events.emplace_back(lesson::LessonChanged{record()});
  events.emplace_back(lesson::GoingAway{});
  events.emplace_back(lesson::Pong{4294967295U});
  events.emplace_back(lesson::Refused{{ErrorKind::kInvalid, "invalid-field", "No.", "/kind", {}}});
  events.emplace_back(lesson::Refused{{ErrorKind::kInvalid, "invalid-json", "No.", "", {}}});
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
