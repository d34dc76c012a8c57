// schema/openapi.yaml as validators: a request's body against its component, and (in the tests) every answer
// against the operation that gave it. The subset of JSON Schema that 3.1 and draft 7 read alike. Thread: any
// (immutable).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "pipelines/base/error.hpp"

namespace thranio::api {

class Schemas {
 public:
  // openapi: the text of schema/openapi.yaml. Throws std::runtime_error if it is broken.
  explicit Schemas(std::string_view openapi);
  ~Schemas();

  // A JSON body against #/components/schemas/<name>. Errors: invalid-json, invalid-field (field: JSON
  // pointer).
  Result<nlohmann::json> parse(const std::string& body, const std::string& name) const;

  // The same for a part of a body. Error: invalid-field.
  Result<void> check(const nlohmann::json& value, const std::string& name) const;

  // Empty if `status` and `body` are what the operation promises, else what is wrong. path is without
  // /api/v1.
  std::string check_answer(std::string_view method, std::string_view path, int status,
                           const std::string& content_type, const std::string& body) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace thranio::api
