#include "server/api/schemas.hpp"

#include <map>
#include <stdexcept>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#include <yaml-cpp/yaml.h>

#include "server/http/router.hpp"

namespace thranio::api {
namespace {

using nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

json to_json(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Sequence: {
      json array = json::array();
      for (const auto& item : node)
        array.push_back(to_json(item));
      return array;
    }
    case YAML::NodeType::Map: {
      json object = json::object();
      for (const auto& item : node)
        object[item.first.as<std::string>()] = to_json(item.second);
      return object;
    }
    case YAML::NodeType::Scalar: {
      const bool quoted = node.Tag() == "!";
      bool flag = false;
      long long number = 0;
      if (!quoted && YAML::convert<long long>::decode(node, number)) return number;
      if (!quoted && YAML::convert<bool>::decode(node, flag)) return flag;
      return node.as<std::string>();
    }
    default:
      return nullptr;
  }
}

// valijson asks a format of every value, and ends the process where that is no string. What has a format of
// ours (times) is parsed after validation anyway.
void drop_formats(json& schema) {
  // A member that is called format is none.
  if (schema.is_object() && schema.contains("format") && schema["format"].is_string()) schema.erase("format");
  if (schema.is_structured())
    for (auto& part : schema)
      drop_formats(part);
}

// How deep brackets nest; a body nested deeper than any of ours would only cost stack.
bool too_deep(const std::string& body) {
  constexpr int kMaxDepth = 32;
  int depth = 0;
  for (const char c : body) {
    if ((c == '[' || c == '{') && ++depth > kMaxDepth) return true;
    if (c == ']' || c == '}') --depth;
  }
  return false;
}

// valijson names the place as "<root>[a][b]"; the world says "/a/b".
std::string pointer(const valijson::ValidationResults::Error& error) {
  std::string out;
  for (const auto& step : error.context) {
    if (step == "<root>") continue;
    out += "/";
    for (const char c : step)
      if (c != '[' && c != ']') out += c;
  }
  return out;
}

}  // namespace

struct Schemas::State {
  json document;
  std::map<std::string, valijson::Schema> components;
};

Schemas::Schemas(std::string_view openapi) : state_(std::make_unique<State>()) {
  state_->document = to_json(YAML::Load(std::string{openapi}));
  if (!state_->document.contains("components"))
    throw std::runtime_error("schema/openapi.yaml has no components");
  json components = state_->document["components"];
  drop_formats(components);
  for (const auto& [name, schema] : components["schemas"].items()) {
    // Each component as a document of its own that carries all of them: references find their way.
    json root = schema;
    root["components"] = components;
    Adapter adapter(root);
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(adapter, state_->components[name]);
  }
}

Schemas::~Schemas() = default;

Result<json> Schemas::parse(const std::string& body, const std::string& name) const {
  json value = too_deep(body) ? json(json::value_t::discarded) : json::parse(body, nullptr, false);
  if (value.is_discarded())
    return fail(ErrorKind::kInvalid, "invalid-json", "The body is not JSON, or nests too deep.");
  if (auto fits = check(value, name); !fits) return std::unexpected(fits.error());
  return value;
}

Result<void> Schemas::check(const json& value, const std::string& name) const {
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(state_->components.at(name), Adapter(value), &results)) return {};
  // The deepest complaint is the most telling one.
  std::string field, detail;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    const std::string at = pointer(error);
    if (detail.empty() || at.size() > field.size()) {
      field = at;
      detail = error.description;
    }
  }
  return fail(ErrorKind::kInvalid, "invalid-field", detail, field.empty() ? "/" : field);
}

std::string Schemas::check_answer(std::string_view method, std::string_view path, int status,
                                  const std::string& content_type, const std::string& body) const {
  std::string wanted{method};
  for (char& c : wanted)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const auto& [pattern, operations] : state_->document["paths"].items()) {
    if (!http::match_path(pattern, path) || !operations.contains(wanted)) continue;
    const auto& responses = operations[wanted]["responses"];
    const std::string code = std::to_string(status);
    if (!responses.contains(code)) return wanted + " " + pattern + " promises no " + code;
    json response = responses[code];
    if (response.contains("$ref")) {
      const std::string ref = response["$ref"];
      response = state_->document["components"]["responses"][ref.substr(ref.rfind('/') + 1)];
    }
    if (!response.contains("content")) return body.empty() ? "" : "a body where none is promised";
    const std::string type = content_type.substr(0, content_type.find(';'));
    if (!response["content"].contains(type)) return "content type " + type + " is not promised";
    const auto& schema = response["content"][type]["schema"];
    if (!schema.contains("$ref") || !type.ends_with("json")) return "";  // a picture is its bytes
    const std::string ref = schema["$ref"];
    const auto parsed = parse(body, ref.substr(ref.rfind('/') + 1));
    return parsed ? "" : parsed.error().field + ": " + parsed.error().detail;
  }
  return "no operation " + wanted + " " + std::string{path};
}

}  // namespace thranio::api
