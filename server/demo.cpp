#include "server/demo.hpp"

#include <chrono>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "pipelines/base/log.hpp"
#include "server/http/client.hpp"
#include "server/store/times.hpp"

namespace thranio {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr const char* kSchool = "Demo School";

// The REST API as any script would use it.
class Rest {
 public:
  Rest(std::string base, std::string token) : base_(std::move(base)), token_(std::move(token)) {}

  json post(const std::string& path, const json& body) const {
    return checked(path,
                   http::fetch("POST", base_ + "/api/v1" + path, token_, "application/json", body.dump()));
  }
  json get(const std::string& path) const {
    return checked(path, http::fetch("GET", base_ + "/api/v1" + path, token_, "", ""));
  }

 private:
  static json checked(const std::string& path, const http::FetchedResponse& response) {
    if (response.status / 100 != 2) throw std::runtime_error("demo: " + path + ": " + response.body);
    return json::parse(response.body);
  }
  const std::string base_, token_;
};

json find_or_make_school(const Rest& rest) {
  const json schools = rest.get("/schools?limit=200");
  for (const auto& school : schools["items"])
    if (school["name"] == kSchool) return school;
  const json school = rest.post("/schools", {{"name", kSchool}, {"time_zone", "Europe/Athens"}});
  const std::string id = school["id"];
  const json cls = rest.post("/schools/" + id + "/classes", {{"title", "Physics"}});
  const std::string enrollments = "/classes/" + cls["id"].get<std::string>() + "/enrollments";
  const auto add = [&](const char* given, const char* family, const char* role) {
    const json user = rest.post("/schools/" + id + "/users",
                                {{"given_name", given}, {"family_name", family}, {"roles", {role}}});
    rest.post(enrollments, {{"user_id", user["id"]}, {"role", role}});
  };
  add("Hypatia", "Pappa", "teacher");
  add("Nikos", "Demou", "student");
  add("Eleni", "Rallis", "student");
  return school;
}

struct DemoLesson {
  std::string id, teacher_token, teacher_url, student_token, student_url;
  std::string
      synthetic_token;  // a participant of her own, so that a person who takes her place is asked, not fought
};

// The one that a server before this one left live goes on, and the links that people hold with it.
json find_or_start_lesson(const Rest& rest, const std::string& class_path) {
  const json lessons = rest.get(class_path + "/lessons?limit=200");
  for (const auto& lesson : lessons["items"])
    if (lesson["status"] == "live") return lesson;
  const auto now = std::chrono::system_clock::now();
  const json lesson =
      rest.post(class_path + "/lessons", {{"title", "Waves and sound"},
                                          {"starts_at", store::to_rfc3339(now)},
                                          {"ends_at", store::to_rfc3339(now + std::chrono::hours(12))}});
  return rest.post("/lessons/" + lesson["id"].get<std::string>() + "/start", json::object());
}

DemoLesson open_lesson(const Rest& rest) {
  const json school = find_or_make_school(rest);
  const json cls = rest.get("/schools/" + school["id"].get<std::string>() + "/classes")["items"][0];
  const std::string class_path = "/classes/" + cls["id"].get<std::string>();
  const json lesson = find_or_start_lesson(rest, class_path);
  const std::string id = lesson["id"];
  DemoLesson demo{id, "", "", "", "", ""};
  demo.synthetic_token = rest.post("/lessons/" + id + "/join-links",
                                   {{"role", "teacher"}, {"name", "Synthetic teacher"}})["token"];
  const json enrolled = rest.get(class_path + "/enrollments");
  for (const auto& enrollment : enrolled["items"]) {
    const bool teacher = enrollment["role"] == "teacher";
    if (!(teacher ? demo.teacher_token : demo.student_token).empty()) continue;
    const json link = rest.post("/lessons/" + id + "/join-links",
                                {{"role", enrollment["role"]}, {"user_id", enrollment["user_id"]}});
    (teacher ? demo.teacher_token : demo.student_token) = link["token"];
  }
  return demo;
}

void announce(const DemoLesson& demo) {
  std::fprintf(stderr,
               "\nA demo lesson is live. Open in a browser:\n  as a student: %s\n  as the teacher: %s\n\n",
               demo.student_url.c_str(), demo.teacher_url.c_str());
  const json line{{"event", "demo"},
                  {"lesson_id", demo.id},
                  {"teacher_token", demo.teacher_token},
                  {"student_token", demo.student_token},
                  {"teacher_url", demo.teacher_url},
                  {"student_url", demo.student_url}};
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

}  // namespace

Demo::Demo(std::string base_url, std::string public_url, std::string admin_token)
    : base_url_(std::move(base_url)),
      public_url_(std::move(public_url)),
      admin_token_(std::move(admin_token)),
      thread_([this] { run(); }) {}

Demo::~Demo() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

bool Demo::wait_for_stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return stopped_.wait_for(lock, patience, [this] { return stopping_; });
}

void Demo::run() {
  try {
    const Rest rest(base_url_, admin_token_);
    DemoLesson demo = open_lesson(rest);
    demo.teacher_url = public_url_ + "/join/" + demo.id + "#" + demo.teacher_token;
    demo.student_url = public_url_ + "/join/" + demo.id + "#" + demo.student_token;
    announce(demo);

    const std::string whip = base_url_ + "/api/v1/lessons/" + demo.id + "/whip?source=camera";
    const auto post_offer = [whip, token = demo.synthetic_token](std::string offer) -> Result<std::string> {
      const auto response = http::fetch("POST", whip, token, "application/sdp", offer);
      if (response.status == 201) return response.body;
      return std::unexpected(Error{ErrorKind::kUnavailable, {}, response.body, {}, {}});
    };
    // The synthetic teacher gives way when a person takes her place, and comes back when that person is gone.
    std::unique_ptr<pipelines::SyntheticTeacher> teacher;
    const auto live = [&] { return rest.get("/lessons/" + demo.id)["status"] == "live"; };
    for (;;) {
      if (!teacher) teacher = pipelines::SyntheticTeacher::start(post_offer);
      if (wait_for_stop(5s)) return;
      if (!live()) return;
      if (teacher->ended()) teacher.reset();
    }
  } catch (const std::exception& fault) {
    log::error("demo stopped", {{"cause", fault.what()}});
  }
}

}  // namespace thranio
