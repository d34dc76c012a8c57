// A real server and its admin, with short ways to schools, people, classes and lessons: what tests of REST
// start from. Owned by the test. Thread: the test's.
#pragma once

#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/live_lesson.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temp_folder.hpp"

namespace thranio::test {

struct SchoolClient {
  using json = nlohmann::json;

  explicit SchoolClient(const std::vector<std::string>& options = {}) : server{folder.path(), options} {}

  TempFolder folder;
  ServerProcess server;
  RestClient admin{server.origin(), admin_token(folder.path())};

  std::string create(const RestClient& client, const std::string& path, const json& body) const {
    const auto answer = client.post(path, body.dump());
    INFO(answer.body);
    REQUIRE(answer.status == 201);
    return json::parse(answer.body)["id"];
  }
  std::string create(const std::string& path, const json& body) const { return create(admin, path, body); }
  std::string school(const std::string& name = "1st Lyceum") const {
    return create("/schools", {{"name", name}, {"time_zone", "Europe/Athens"}});
  }
  std::string user(const std::string& school_id, const std::string& role) const {
    return create("/schools/" + school_id + "/users",
                  {{"given_name", "Anna"}, {"family_name", "Pappa"}, {"roles", {role}}});
  }
  std::string cls(const std::string& school_id, const std::string& title = "Physics B2") const {
    return create("/schools/" + school_id + "/classes", {{"title", title}});
  }
  std::string enroll(const std::string& class_id, const std::string& user_id, const std::string& role) const {
    return create("/classes/" + class_id + "/enrollments", {{"user_id", user_id}, {"role", role}});
  }
  std::string lesson(const std::string& class_id) const {
    return create("/classes/" + class_id + "/lessons", waves());
  }
  RestClient as(const std::string& user_id, const std::string& role) const {
    const auto answer = admin.post("/tokens", json{{"role", role}, {"user_id", user_id}}.dump());
    REQUIRE(answer.status == 201);
    return {server.origin(), json::parse(answer.body)["token"]};
  }
  json read(const std::string& path) const {
    const auto answer = admin.get(path);
    INFO(path << " " << answer.body);
    REQUIRE(answer.status == 200);
    return json::parse(answer.body);
  }
  RestClient::Headers version(const std::string& path) const {
    return {{"If-Match", admin.get(path).headers.at("etag")}};
  }
  http::FetchedResponse change(const std::string& path, const json& body) const {
    return admin.patch(path, body.dump(), version(path));
  }
  static json waves() {
    return {{"title", "Waves"},
            {"starts_at", "2026-09-14T09:00:00+03:00"},
            {"ends_at", "2026-09-14T09:45:00+03:00"}};
  }
};

}  // namespace thranio::test
