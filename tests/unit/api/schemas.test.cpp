#include "server/api/schemas.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "server/embedded/embedded_files.hpp"

using namespace thranio;

namespace {

const api::Schemas& schemas() {
  static const api::Schemas all(*embedded::find("schema/openapi.yaml"));
  return all;
}

std::string refusal(const std::string& body, const std::string& schema) {
  const auto parsed = schemas().parse(body, schema);
  return parsed ? "" : parsed.error().code + " " + parsed.error().field;
}

const std::string kProblem =
    R"({"type":"/problems/not-found","title":"Not found","status":404,"detail":"No.","instance":"/x"})";

}  // namespace

TEST_CASE("a body that fits its schema is taken as it is", "[api]") {
  const auto parsed = schemas().parse(R"({"name":"Σχολείο","time_zone":"Europe/Athens"})", "NewSchool");
  REQUIRE(parsed);
  CHECK((*parsed)["name"] == "Σχολείο");
}

TEST_CASE("a body that does not fit is refused with the field at fault", "[api]") {
  CHECK(refusal("", "NewSchool").starts_with("invalid-json"));
  CHECK(refusal("{\"name\":\"\xc3\x28\"}", "NewSchool").starts_with("invalid-json"));  // not UTF-8
  CHECK(refusal(R"({"name":7,"time_zone":"UTC"})", "NewSchool") == "invalid-field /name");
  CHECK(refusal(R"({"name":null,"time_zone":"UTC"})", "NewSchool") == "invalid-field /name");
  CHECK(refusal(R"({"name":"A"})", "NewSchool").starts_with("invalid-field"));
  CHECK(refusal(R"({"name":"A","time_zone":"UTC","extra":1})", "NewSchool").starts_with("invalid-field"));
  CHECK(refusal(R"({"given_name":"A","family_name":"B","roles":["wizard"]})", "NewUser") ==
        "invalid-field /roles/0");
  CHECK(refusal(R"({"given_name":"A","family_name":"B","roles":[]})", "NewUser") == "invalid-field /roles");
  CHECK(refusal("{}", "ChangeSchool").starts_with("invalid-field"));
  CHECK(refusal("{\"name\":\"" + std::string(201, 'x') + "\"}", "ChangeSchool") == "invalid-field /name");
}

TEST_CASE("a body nested without end costs no stack", "[api]") {
  CHECK(refusal(std::string(1'000'000, '['), "NewSchool").starts_with("invalid-json"));
}

TEST_CASE("an answer is held against the operation that gave it", "[api]") {
  const auto fault = [](int status, const std::string& type, const std::string& body) {
    return schemas().check_answer("GET", "/closures/h_1", status, type, body);
  };
  CHECK(fault(404, "application/problem+json", kProblem) == "");
  CHECK(
      fault(
          200, "application/json",
          R"({"id":"h_1","school_id":"s_1","title":"Easter","starts_on":"2027-04-26","ends_on":"2027-05-07"})") ==
      "");
  CHECK(
      fault(
          200, "application/json",
          R"({"id":"h_1","school_id":"s_1","title":"Easter","starts_on":"2027-04-26","ends_on":"2027-05-07","secret":1})") !=
      "");
  CHECK(fault(200, "application/json", R"({"id":"s_1"})") != "");
  CHECK(fault(200, "text/html", "<p>") != "");
  CHECK(fault(418, "application/problem+json", kProblem) != "");
  CHECK(schemas().check_answer("GET", "/nowhere", 200, "application/json", "{}") != "");
  CHECK(schemas().check_answer("DELETE", "/schools/s_1", 204, "", "") == "");
  CHECK(schemas().check_answer("DELETE", "/schools/s_1", 204, "", "{}") != "");
}
