#include <limits>

#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/lesson/lessons.hpp"
#include "server/schedule/timetable_store.hpp"
#include "server/store/new_id.hpp"
#include "server/store/times.hpp"

namespace thranio::api {
namespace {

using nlohmann::json;
using schedule::LessonRecord;
using schedule::LessonStatus;

Result<WallTime> time_of(const json& body, const char* name) {
  const auto time = store::parse_rfc3339(body[name].get<std::string>());
  if (time) return *time;
  return fail(ErrorKind::kInvalid, "invalid-field", std::string(name) + " is an RFC 3339 time with offset.",
              std::string("/") + name);
}

Result<void> apply_times(LessonRecord& lesson, const json& body) {
  for (const auto& [name, member] :
       {std::pair{"starts_at", &LessonRecord::starts_at}, std::pair{"ends_at", &LessonRecord::ends_at}}) {
    if (!body.contains(name)) continue;
    const auto time = time_of(body, name);
    if (!time) return std::unexpected(time.error());
    lesson.*member = *time;
  }
  if (lesson.ends_at > lesson.starts_at) return {};
  return fail(ErrorKind::kInvalid, "invalid-field", "A lesson ends after it starts.", "/ends_at");
}

Result<LessonRecord> make(soci::session& sql, const std::string& class_id, const json& body) {
  const auto cls = roster::find_class(sql, class_id);
  if (!cls) return std::unexpected(not_found());
  LessonRecord lesson;
  lesson.id = LessonId{store::new_id("l")};
  lesson.school = SchoolId{cls->school_id};
  lesson.cls = ClassId{class_id};
  lesson.class_title = cls->title;
  lesson.title = body["title"];
  lesson.voice_packet_ms = body.value("voice_packet_ms", lesson.voice_packet_ms);
  if (auto good = apply_times(lesson, body); !good) return std::unexpected(good.error());
  return lesson;
}

Result<void> change(soci::session&, LessonRecord& lesson, const json& body) {
  if (lesson.status == LessonStatus::kEnded)
    return fail(ErrorKind::kConflict, "lesson-ended", "This lesson is over; it stays as it was.");
  lesson.title = body.value("title", lesson.title);
  lesson.voice_packet_ms = body.value("voice_packet_ms", lesson.voice_packet_ms);
  return apply_times(lesson, body);
}

Result<void> may_erase(soci::session&, const LessonRecord& lesson) {
  if (lesson.status != LessonStatus::kLive) return {};
  return fail(ErrorKind::kConflict, "lesson-live", "The lesson is live: end it first.");
}

json encode(soci::session& sql, const LessonRecord& lesson) {
  return {{"id", lesson.id.value()},
          {"class_id", lesson.cls.value()},
          {"class_title", lesson.class_title},
          {"teachers", roster::teacher_names(sql, lesson.cls.value())},
          {"title", lesson.title},
          {"starts_at", store::to_rfc3339(lesson.starts_at)},
          {"ends_at", store::to_rfc3339(lesson.ends_at)},
          {"status", schedule::to_string(lesson.status)},
          {"voice_packet_ms", lesson.voice_packet_ms}};
}

std::vector<LessonRecord> list_lessons(soci::session& sql, const std::string& cls, const roster::Page& page) {
  return schedule::lessons_of_class(sql, cls, page.after, page.limit);
}

Result<void> permit_owner(soci::session& sql, const auth::Principal& who, const std::string& class_id,
                          bool write) {
  const auto cls = roster::find_class(sql, class_id);
  if (!cls) return std::unexpected(not_found());
  return auth::permit(who, write ? auth::Action::kManageLessons : auth::Action::kReadLesson,
                      relation_to_class(sql, who, cls->school_id, class_id));
}

Result<void> permit_row(soci::session& sql, const auth::Principal& who, const LessonRecord& lesson,
                        bool write) {
  return auth::permit(who, write ? auth::Action::kManageLessons : auth::Action::kReadLesson,
                      relation_to_lesson(sql, who, lesson));
}

// The lesson, if it exists and `who` may.
Result<LessonRecord> permitted(soci::session& sql, const auth::Principal& who, const std::string& id,
                               auth::Action action) {
  const auto lesson = schedule::find_lesson(sql, id);
  if (!lesson) return std::unexpected(not_found());
  if (auto may = auth::permit(who, action, relation_to_lesson(sql, who, *lesson)); !may)
    return std::unexpected(may.error());
  return *lesson;
}

struct Changed {
  LessonRecord lesson;
  http::Response response;
};

// Moves the lesson to `wanted` in the store; the live lesson follows its row.
Answer set_status(const Api& api, lesson::Lessons& lessons, http::Request request, LessonStatus wanted) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  auto task = [who = *who, wanted, id = request.path_parameter("id")](soci::session& sql) -> Result<Changed> {
    auto lesson = permitted(sql, who, id, auth::Action::kRunLesson);
    if (!lesson) return std::unexpected(lesson.error());
    if (lesson->status == LessonStatus::kEnded && wanted == LessonStatus::kLive)
      return fail(ErrorKind::kConflict, "lesson-ended", "This lesson is over; schedule another.");
    if (lesson->status == LessonStatus::kScheduled && wanted == LessonStatus::kEnded)
      return fail(ErrorKind::kConflict, "lesson-not-live", "This lesson has not started; delete it instead.");
    if (lesson->status != wanted) {
      lesson->status = wanted;
      if (!schedule::update_lesson(sql, *lesson, lesson->version)) return std::unexpected(stale_version());
      ++lesson->version;
    }
    return Changed{*lesson, versioned(200, encode(sql, *lesson), lesson->version)};
  };
  auto changed = co_await api.database.write(std::move(task));
  if (!changed) co_return std::unexpected(changed.error());
  if (wanted == LessonStatus::kLive)
    lessons.start(changed->lesson);
  else
    lessons.end(changed->lesson);
  co_return std::move(changed->response);
}

// Whose link it is: a user of the class, a named person, or (guests) whoever opens it.
Result<auth::NewToken> new_join_token(soci::session& sql, const LessonRecord& lesson, const json& body) {
  const std::string role = body["role"];
  auth::NewToken token;
  token.role = *auth::role_of(role);
  token.lesson = lesson.id;
  token.name = body.value("name", "");
  if (body.contains("user_id")) {
    const auto user = roster::find_user(sql, body["user_id"]);
    if (!user || !roster::is_enrolled(sql, lesson.cls.value(), user->id, role))
      return fail(ErrorKind::kConflict, "not-enrolled",
                  "This user is not in the lesson's class as " + role + ".", "/user_id");
    token.user = UserId{user->id};
    if (token.name.empty()) token.name = user->given_name + " " + user->family_name;
  }
  if (token.name.empty() && token.role != auth::Role::kGuest)
    return fail(ErrorKind::kInvalid, "invalid-field",
                "Say user_id or name; only a guest link may leave both out.", "/name");
  return token;
}

Answer create_join_link(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const auto body = json_body(api, request, "NewJoinLink");
  if (!body) co_return std::unexpected(body.error());
  const std::string id = request.path_parameter("id");
  auto task = [who = *who, body = *body, id](soci::session& sql) -> Result<auth::NewToken> {
    const auto lesson = permitted(sql, who, id, auth::Action::kInvite);
    if (!lesson) return std::unexpected(lesson.error());
    if (lesson->status == LessonStatus::kEnded)
      return fail(ErrorKind::kConflict, "lesson-ended", "This lesson is over; nobody can join it.");
    return new_join_token(sql, *lesson, body);
  };
  auto token = co_await api.database.read(std::move(task));
  if (!token) co_return std::unexpected(token.error());
  const auto issued = co_await api.tokens.issue(std::move(*token));
  if (!issued) co_return std::unexpected(issued.error());
  // In the fragment: a browser keeps it from servers, proxies and their logs.
  co_return json_response(
      201, {{"token", issued->text}, {"url", request.origin + "/join/" + id + "#" + issued->text}});
}

Answer change_lesson(const Api& api, lesson::Lessons& lessons, Resource<LessonRecord> r,
                     http::Request request) {
  const std::string id = request.path_parameter("id");
  auto response = co_await patch(api, r, std::move(request));
  if (!response) co_return response;
  auto task = [id](soci::session& sql) -> Result<std::optional<LessonRecord>> {
    return schedule::find_lesson(sql, id);
  };
  const auto lesson = co_await api.database.read(std::move(task));
  if (lesson && *lesson) lessons.changed(**lesson);
  co_return response;
}

// Whoever waits in a lesson that is deleted is told that it is over.
Answer delete_lesson(const Api& api, lesson::Lessons& lessons, Resource<LessonRecord> r,
                     http::Request request) {
  auto task = [id = request.path_parameter("id")](soci::session& sql) -> Result<std::optional<LessonRecord>> {
    return schedule::find_lesson(sql, id);
  };
  const auto row = co_await api.database.read(std::move(task));
  auto response = co_await erase(api, r, std::move(request));
  if (!response || !row || !*row) co_return response;
  LessonRecord gone = **row;
  gone.status = LessonStatus::kEnded;
  gone.version = std::numeric_limits<int64_t>::max();  // nothing overtakes it
  lessons.end(gone);
  co_return response;
}

}  // namespace

std::vector<http::Route> lesson_routes(const Api& api, lesson::Lessons& lessons) {
  using http::Method;
  Resource<LessonRecord> r{"Lesson",
                           "/api/v1/lessons/",
                           "/api/v1/classes/{id}/lessons",
                           schedule::find_lesson,
                           list_lessons,
                           schedule::update_lesson,
                           schedule::insert_lesson,
                           schedule::delete_lesson,
                           make,
                           change,
                           may_erase,
                           encode,
                           permit_owner,
                           permit_row};
  auto routes = resource_routes(api, r);
  for (auto& route : routes) {
    if (route.method == Method::kPatch)
      route.handler = [&api, &lessons, r](http::Request q) {
        return change_lesson(api, lessons, r, std::move(q));
      };
    if (route.method == Method::kDelete)
      route.handler = [&api, &lessons, r](http::Request q) {
        return delete_lesson(api, lessons, r, std::move(q));
      };
  }
  routes.push_back({Method::kPost, "/api/v1/lessons/{id}/start", [&api, &lessons](http::Request q) {
                      return set_status(api, lessons, std::move(q), LessonStatus::kLive);
                    }});
  routes.push_back({Method::kPost, "/api/v1/lessons/{id}/end", [&api, &lessons](http::Request q) {
                      return set_status(api, lessons, std::move(q), LessonStatus::kEnded);
                    }});
  routes.push_back({Method::kPost, "/api/v1/lessons/{id}/join-links",
                    [&api](http::Request q) { return create_join_link(api, std::move(q)); }});
  return routes;
}

}  // namespace thranio::api
