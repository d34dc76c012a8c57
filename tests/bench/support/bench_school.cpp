#include "tests/bench/support/bench_school.hpp"

#include <stdexcept>

#include "server/http/client.hpp"

namespace thranio::bench {

using nlohmann::json;

BenchSchool::BenchSchool(std::string origin, std::string token)
    : origin_(std::move(origin)), token_(std::move(token)) {
  const auto school = post("/schools", {{"name", "Bench"}, {"time_zone", "Europe/Athens"}}, "id");
  class_ = post("/schools/" + school + "/classes", {{"title", "Load"}}, "id");
}

std::string BenchSchool::post(const std::string& path, const json& body, const std::string& wanted) const {
  const auto answer =
      http::fetch("POST", origin_ + "/api/v1" + path, token_, "application/json", body.dump());
  if (answer.status / 100 != 2) throw std::runtime_error(path + ": " + answer.body);
  return json::parse(answer.body)[wanted];
}

BenchLesson BenchSchool::open_lesson(const json& more, const std::string& guest) {
  json body{{"title", "Load"}, {"starts_at", "2030-01-07T09:00:00Z"}, {"ends_at", "2030-01-07T10:00:00Z"}};
  body.update(more);
  BenchLesson lesson;
  lesson.id = post("/classes/" + class_ + "/lessons", body, "id");
  post("/lessons/" + lesson.id + "/start", json::object(), "id");
  const std::string links = "/lessons/" + lesson.id + "/join-links";
  lesson.teacher_token = post(links, {{"role", "teacher"}, {"name", "Hypatia"}}, "token");
  json link{{"role", "guest"}};
  if (!guest.empty()) link["name"] = guest;
  lesson.guest_token = post(links, link, "token");
  return lesson;
}

std::string post_sdp(const std::string& origin, const BenchLesson& lesson, const std::string& path,
                     const std::string& token, const std::string& offer) {
  const auto answer =
      http::fetch("POST", origin + "/api/v1/lessons/" + lesson.id + path, token, "application/sdp", offer);
  if (answer.status != 201) throw std::runtime_error(path + ": " + answer.body);
  return answer.body;
}

}  // namespace thranio::bench
