#include "server/signaling/messages.hpp"

#include <cmath>
#include <map>
#include <stdexcept>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "server/embedded/embedded_files.hpp"
#include "server/signaling/class_messages.hpp"
#include "server/signaling/slide_messages.hpp"
#include "server/store/times.hpp"

namespace thranio::signaling {
namespace {

using nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

// One validator per kind: a complaint then names the field, not "none of these alternatives".
struct Schemas {
  Schemas() {
    const auto text = embedded::find("schema/messages/client-to-server.json");
    if (!text) throw std::runtime_error("the schema of the WebSocket's messages is missing from the binary");
    const json document = json::parse(*text);
    auto all = wish_kinds();
    all.insert(all.end(), slide_kinds().begin(), slide_kinds().end());
    for (const auto& [kind, name] : {std::pair{"hello", "Hello"},
                                     {"media", "Media"},
                                     {"ping", "Ping"},
                                     {"limit", "Limit"},
                                     {"whep", "Whep"}})
      all.emplace_back(kind, name);
    for (const auto& [kind, name] : all) {
      json root = document["definitions"][name];
      root["definitions"] = document["definitions"];
      Adapter adapter(root);
      valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
      parser.populateSchema(adapter, kinds[kind]);
    }
  }
  std::map<std::string, valijson::Schema> kinds;
};

const Schemas& schemas() {
  static const Schemas instance;
  return instance;
}

std::string field_of(valijson::ValidationResults& results, std::string& detail) {
  std::string field = "/";
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    std::string at;
    for (const auto& step : error.context) {
      if (step == "<root>") continue;
      at += '/';
      for (const char c : step)
        if (c != '[' && c != ']') at += c;
    }
    if (detail.empty() || at.size() > field.size()) {
      detail = error.description;
      if (!at.empty()) field = at;
    }
  }
  return field;
}

Rung rung_of(const json& text) {
  for (size_t i = 0; i < kRungCount; ++i)
    if (text == name_of(static_cast<Rung>(i))) return static_cast<Rung>(i);
  return Rung::kAll;  // the schema has let none else through
}

const char* to_text(lesson::Device device) {
  switch (device) {
    case lesson::Device::kOn:
      return "on";
    case lesson::Device::kMuted:
      return "muted";
    case lesson::Device::kNone:
      return "none";
    case lesson::Device::kRefused:
      return "refused";
    case lesson::Device::kMissing:
      return "missing";
  }
  return "none";
}

lesson::Device device_of(const json& text) {
  for (const auto device :
       {lesson::Device::kMuted, lesson::Device::kOn, lesson::Device::kRefused, lesson::Device::kMissing})
    if (text == to_text(device)) return device;
  return lesson::Device::kNone;
}

// A wide array of brackets would make the parser's stack deep: none of our messages nests.
bool nests(std::string_view text) {
  int depth = 0;
  for (const char c : text) {
    if ((c == '[' || c == '{') && ++depth > 8) return true;
    if (c == ']' || c == '}') --depth;
  }
  return false;
}

json person_json(const lesson::Person& person) {
  json members{{"id", person.id.value()},
               {"name", person.name},
               {"role", auth::to_string(person.role)},
               {"microphone", to_text(person.microphone)},
               {"camera", to_text(person.camera)}};
  if (person.rung) members["rung"] = name_of(*person.rung);
  if (person.name_taken) members["name_taken"] = true;
  return members;
}

json lesson_json(const schedule::LessonRecord& record) {
  json members{{"id", record.id.value()},
               {"title", record.title},
               {"class_title", record.class_title},
               {"status", schedule::to_string(record.status)},
               {"starts_at", store::to_rfc3339(record.starts_at)},
               {"ends_at", store::to_rfc3339(record.ends_at)}};
  if (record.camera_codec != "vp8") members["camera_codec"] = record.camera_codec;
  return members;
}

json slot_json(const std::optional<ParticipantId>& who) {
  return who ? json(who->value()) : json(nullptr);
}

json stage_json(const lesson::Stage& stage) {
  json voices = json::array();
  for (const auto& voice : stage.voices)
    voices.push_back(slot_json(voice));
  return {{"voices", voices},
          {"camera", slot_json(stage.camera)},
          {"screen", slot_json(stage.screen)},
          {"floor", slot_json(stage.floor)}};
}

struct Encoder {
  json operator()(const lesson::Welcome& e) const {
    json people = json::array();
    for (const auto& person : e.people)
      people.push_back(person_json(person));
    json message{{"kind", "welcome"},
                 {"server_instance", e.server_instance},
                 {"you", e.you.value()},
                 {"lesson", lesson_json(e.lesson)},
                 {"people", people},
                 {"count", e.count},
                 {"stage", stage_json(e.stage)},
                 {"now", store::to_rfc3339(e.now)}};
    if (e.class_state) message["class"] = class_json(*e.class_state);
    return message;
  }
  json operator()(const lesson::InLobby& e) const {
    return {{"kind", "lobby"},
            {"server_instance", e.server_instance},
            {"you", e.you.value()},
            {"lesson", lesson_json(e.lesson)},
            {"name_taken", e.name_taken}};
  }
  json operator()(const lesson::WaitingPeople& e) const {
    json people = json::array();
    for (const auto& one : e.people)
      people.push_back({{"id", one.id.value()},
                        {"name", one.name},
                        {"role", auth::to_string(one.role)},
                        {"since", store::to_rfc3339(one.since)},
                        {"name_taken", one.name_taken}});
    return {{"kind", "waiting"}, {"people", std::move(people)}, {"count", e.count}};
  }
  json operator()(const lesson::Joined& e) const {
    return {{"kind", "joined"}, {"person", person_json(e.person)}};
  }
  json operator()(const lesson::Left& e) const {
    static constexpr std::string_view kReasons[] = {"left", "link_lost", "removed"};
    return {
        {"kind", "left"}, {"person", e.person.value()}, {"reason", kReasons[static_cast<size_t>(e.reason)]}};
  }
  json operator()(const lesson::Changed& e) const {
    return {{"kind", "changed"}, {"person", person_json(e.person)}};
  }
  json operator()(const lesson::Count& e) const { return {{"kind", "count"}, {"people", e.people}}; }
  json operator()(const lesson::StageChanged& e) const {
    return {{"kind", "stage"}, {"stage", stage_json(e.stage)}};
  }
  json operator()(const lesson::LessonChanged& e) const {
    return {{"kind", "lesson"}, {"lesson", lesson_json(e.lesson)}};
  }
  json operator()(const lesson::LineChanged& e) const {
    return {{"kind", "line"},
            {"rung", name_of(e.line.rung)},
            {"kilobits", e.line.bits_per_second / 1000},
            {"loss_percent", std::lround(e.line.loss * 100)}};
  }
  json operator()(const lesson::LayersNeeded& e) const {
    static constexpr std::string_view kSources[] = {"camera", "screen", "floor"};
    return {{"kind", "layers"}, {"source", kSources[static_cast<size_t>(e.source)]}, {"rids", e.rids}};
  }
  json operator()(const lesson::GoingAway& e) const {
    return {{"kind", "going_away"}, {"retry_after_ms", e.retry_after_ms}};
  }
  json operator()(const lesson::Pong& e) const { return {{"kind", "pong"}, {"nonce", e.nonce}}; }
  json operator()(const lesson::Refused& e) const {
    json message{{"kind", "error"},
                 {"type", "/problems/" + e.error.code},
                 {"title", e.error.code},
                 {"detail", e.error.detail}};
    if (!e.error.field.empty()) message["field"] = e.error.field;
    if (e.ref) message["ref"] = *e.ref;
    for (const auto& [name, value] : e.error.extra_json)
      message[name] = json::parse(value);
    return message;
  }
  template <typename ClassEvent>  // class_messages
  json operator()(const ClassEvent& e) const {
    return to_json(e);
  }
};

}  // namespace

Result<ClientMessage> decode(std::string_view text) {
  const json message = nests(text) ? json(json::value_t::discarded) : json::parse(text, nullptr, false);
  if (message.is_discarded() || !message.is_object())
    return fail(ErrorKind::kInvalid, "invalid-json", "A message is one JSON object.");
  const auto kind = message.find("kind");
  const auto schema = kind != message.end() && kind->is_string()
                          ? schemas().kinds.find(kind->get<std::string>())
                          : schemas().kinds.end();
  if (schema == schemas().kinds.end())
    return fail(ErrorKind::kInvalid, "invalid-field", "There is no message of this kind.", "/kind");
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (!validator.validate(schema->second, Adapter(message), &results)) {
    std::string detail;
    const std::string field = field_of(results, detail);
    return fail(ErrorKind::kInvalid, "invalid-field", detail, field);
  }
  if (*kind == "hello")
    return Hello{message["token"], message.value("name", ""), message.value("guest_key", ""),
                 message.contains("last_seq") ? std::optional<int64_t>(message["last_seq"]) : std::nullopt};
  if (*kind == "media") return Media{device_of(message["microphone"]), device_of(message["camera"])};
  if (*kind == "limit") return Limit{rung_of(message["rung"])};
  if (*kind == "ping") return Ping{message["nonce"]};
  const auto found = message.find("ref");
  const auto ref = found == message.end() ? std::nullopt : std::optional<uint32_t>(*found);
  if (*kind == "whep") return Whep{ref, PeerId{message["session"]}};
  return ClassWish{ref, wish_of(message)};
}

std::optional<uint32_t> ref_in(std::string_view text) {
  const json message = nests(text) ? json(json::value_t::discarded) : json::parse(text, nullptr, false);
  if (!message.is_object()) return std::nullopt;
  const auto ref = message.find("ref");
  if (ref == message.end() || !ref->is_number_unsigned() || *ref > UINT32_MAX) return std::nullopt;
  return ref->get<uint32_t>();
}

std::string encode(const lesson::Event& event) {
  // What a browser called itself may not be UTF-8: replaced, not thrown at.
  return std::visit(Encoder{}, event).dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace thranio::signaling
