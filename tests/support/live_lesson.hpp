// A live lesson on a real server of its own, and the tokens of its people: what tests over HTTP start from.
// Owned by the test. Thread: the test's.
#pragma once

#include <sstream>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/media_client.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temp_folder.hpp"

namespace thranio::test {

struct LiveLesson {
  TempFolder folder;
  ServerProcess server{folder.path()};
  RestClient admin{server.origin(), admin_token(folder.path())};
  std::string id;
  std::string cls;
  std::string teacher;
  std::string student;
  MediaLoop loop;

  LiveLesson() {
    const auto school = create("/schools", {{"name", "1st Lyceum"}, {"time_zone", "Europe/Athens"}});
    const auto user = create("/schools/" + school + "/users",
                             {{"given_name", "Anna"}, {"family_name", "Pappa"}, {"roles", {"teacher"}}});
    cls = create("/schools/" + school + "/classes", {{"title", "Physics B2"}});
    create("/classes/" + cls + "/enrollments", {{"user_id", user}, {"role", "teacher"}});
    id = create("/classes/" + cls + "/lessons", {{"title", "Waves"},
                                                 {"starts_at", "2026-09-14T09:00:00+03:00"},
                                                 {"ends_at", "2026-09-14T09:45:00+03:00"}});
    REQUIRE(admin.post("/lessons/" + id + "/start", "").status == 200);
    teacher = join_token({{"role", "teacher"}, {"user_id", user}});
    student = join_token({{"role", "guest"}, {"name", "Erinna"}});
  }

  std::string create(const std::string& path, const nlohmann::json& body) const {
    const auto answer = admin.post(path, body.dump());
    REQUIRE(answer.status == 201);
    return nlohmann::json::parse(answer.body)["id"];
  }
  std::string join_token(const nlohmann::json& body) const {
    const auto answer = admin.post("/lessons/" + id + "/join-links", body.dump());
    REQUIRE(answer.status == 201);
    return nlohmann::json::parse(answer.body)["token"];
  }

  // Makes no assertion: foreign clients call it on threads of their own.
  Exchange post(const std::string& endpoint, const std::string& token) const {
    return [url = server.origin() + "/api/v1/lessons/" + id + endpoint,
            token](const std::string& offer) -> Result<std::string> {
      const auto answer = http::fetch("POST", url, token, "application/sdp", offer);
      if (answer.status == 201) return answer.body;
      return fail(ErrorKind::kInternal, std::to_string(answer.status), answer.body);
    };
  }
  Exchange whip() const { return post("/whip?source=camera", teacher); }
  Exchange whep() const { return post("/whep", student); }

  uint64_t metric(const std::string& name) const {
    std::istringstream text(http::fetch("GET", server.origin() + "/metrics", "", "", "").body);
    uint64_t sum = 0;
    for (std::string line; std::getline(text, line);)
      if (line.starts_with(name)) sum += std::stoull(line.substr(line.rfind(' ') + 1));
    return sum;
  }
};

// "409 source-taken"
inline std::string code(const http::FetchedResponse& answer) {
  if (answer.body.empty()) return std::to_string(answer.status);
  const std::string type = nlohmann::json::parse(answer.body).value("type", "");
  return std::to_string(answer.status) + " " + type.substr(type.rfind('/') + 1);
}

}  // namespace thranio::test
