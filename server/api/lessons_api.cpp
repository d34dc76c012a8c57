#include <limits>

#include "server/api/lesson_rows.hpp"
#include "server/api/lesson_status.hpp"
#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/lesson/lessons.hpp"
#include "server/store/times.hpp"

namespace thranio::api {
namespace {

using nlohmann::json;
using schedule::LessonRecord;
using schedule::LessonRow;
using schedule::LessonStatus;

constexpr int64_t kLongestMs = 24LL * 3600 * 1000;  // timetable_store finds lessons by their start

Result<void> check_times(const LessonRow& lesson) {
  if (lesson.ends_at <= lesson.starts_at)
    return fail(ErrorKind::kInvalid, "invalid-field", "A lesson ends after it starts.", "/ends_at");
  if (lesson.ends_at - lesson.starts_at > kLongestMs)
    return fail(ErrorKind::kInvalid, "invalid-field", "A lesson lasts 24 hours at most.", "/ends_at");
  return {};
}

// Nobody is thrown out of a running lesson by an edit.
Result<void> check_live(const LessonRow* before, const LessonRow& lesson, const json& body, int64_t now_ms) {
  if (!before) return {};
  if (before->status == "ended")
    return fail(ErrorKind::kConflict, "lesson-ended", "This lesson is over; it stays as it was.");
  if (before->status != "live") return {};
  if (body.is_object() && body.value("cancelled", false))
    return fail(ErrorKind::kConflict, "lesson-live", "The lesson is live: end it instead.", "/cancelled");
  if (lesson.ends_at < now_ms && lesson.ends_at != before->ends_at)
    return fail(ErrorKind::kConflict, "lesson-live", "The lesson is live: it ends in the future.",
                "/ends_at");
  return {};
}

Result<void> check_lesson(soci::session& sql, const Asker& asker, const LessonRow* before, LessonRow& lesson,
                          const json& body) {
  if (auto good = check_times(lesson); !good) return good;
  if (auto good = check_live(before, lesson, body, asker.now_ms); !good) return good;
  if (auto good = check_substitute(sql, lesson.teacher_id, lesson.class_id); !good) return good;
  if (body.is_object() && body.contains("cancelled") && lesson.status != "live")
    lesson.status = body["cancelled"].get<bool>() ? "cancelled" : "scheduled";
  const bool moved = !before || before->starts_at != lesson.starts_at || before->ends_at != lesson.ends_at;
  const bool appears =
      before && (before->deleted_at || (before->status == "cancelled" && lesson.status == "scheduled"));
  if (before && (moved || before->status != lesson.status)) ++lesson.sequence;
  if (moved || appears || before->teacher_id != lesson.teacher_id) return check_clashes(sql, {lesson}, body);
  return {};
}

Result<void> may_erase_lesson(soci::session&, const LessonRow& lesson) {
  if (lesson.status != "live") return {};
  return fail(ErrorKind::kConflict, "lesson-live", "The lesson is live: end it first.");
}

void written_lesson(soci::session& sql, const LessonRow* before, const LessonRow* after) {
  if (before && !after) schedule::delete_join_tokens(sql, before->id);
}

Result<void> permit_lesson(soci::session& sql, const auth::Principal& who, const LessonRow& lesson,
                           bool write) {
  const auto action = write ? auth::Action::kManageLessons : auth::Action::kReadLesson;
  const auto record = schedule::find_lesson(sql, lesson.id);
  if (record) return auth::permit(who, action, relation_to_lesson(sql, who, *record));
  return permit_lessons_of(sql, who, lesson.class_id, write);  // of a deleted one
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
Answer run_lesson(const Api& api, lesson::Lessons& lessons, http::Request request, LessonStatus wanted) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  auto task = [asker = *asker, wanted,
               id = request.path_parameter("id")](soci::session& sql) -> Result<Changed> {
    const auto lesson = permitted(sql, asker.who, id, auth::Action::kRunLesson);
    if (!lesson) return std::unexpected(lesson.error());
    const auto now = set_status(sql, asker, *lesson, wanted);
    if (!now) return std::unexpected(now.error());
    const auto row = store::find<LessonRow>(sql, id);
    return Changed{*now, versioned(200, lesson_json(sql, *row), row->version)};
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
  auto name = words_in(body, "name");
  if (!name) return std::unexpected(name.error());
  token.name = std::move(*name);
  if (body.contains("user_id")) {
    const auto user = store::find<roster::User>(sql, body["user_id"]);
    if (!user || !takes_part_as(sql, lesson, user->id, role))
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

http::Response join_link(const http::Request& request, const std::string& lesson,
                         const auth::IssuedToken& issued) {
  // In the fragment: a browser keeps it from servers, proxies and their logs.
  return json_response(
      201, {{"token", issued.text}, {"url", request.origin + "/join/" + lesson + "#" + issued.text}});
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
    if (auto open = require_joinable(*lesson); !open) return std::unexpected(open.error());
    return new_join_token(sql, *lesson, body);
  };
  auto token = co_await api.database.read(std::move(task));
  if (!token) co_return std::unexpected(token.error());
  const auto issued = co_await api.tokens.issue(std::move(*token));
  if (!issued) co_return std::unexpected(issued.error());
  co_return join_link(request, id, *issued);
}

// One tap from the home page: whoever is in the class gets a way in for herself.
Answer enter(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const std::string id = request.path_parameter("id");
  auto task = [who = *who, id](soci::session& sql) -> Result<auth::NewToken> {
    const auto lesson = permitted(sql, who, id, auth::Action::kReadLesson);
    if (!lesson) return std::unexpected(lesson.error());
    if (auto open = require_joinable(*lesson); !open) return std::unexpected(open.error());
    for (const auto role : {auth::Role::kTeacher, auth::Role::kStudent})
      if (who.user && !who.lesson &&
          takes_part_as(sql, *lesson, who.user->value(), std::string{to_string(role)})) {
        const auto user = store::find<roster::User>(sql, who.user->value());
        return auth::NewToken{role, who.user, lesson->id, user->given_name + " " + user->family_name, {}};
      }
    return fail(ErrorKind::kConflict, "not-enrolled", "You are not in this lesson's class.");
  };
  auto token = co_await api.database.read(std::move(task));
  if (!token) co_return std::unexpected(token.error());
  const auto issued = co_await api.tokens.issue(std::move(*token));
  if (!issued) co_return std::unexpected(issued.error());
  co_return join_link(request, id, *issued);
}

// The live lesson hears of its row's change.
Answer tell_change(const Api& api, lesson::Lessons& lessons, http::Handler change, http::Request request) {
  const std::string id = request.path_parameter("id");
  auto response = co_await change(std::move(request));
  if (!response) co_return response;
  auto task = [id](soci::session& sql) -> Result<std::optional<LessonRecord>> {
    return schedule::find_lesson(sql, id);
  };
  const auto lesson = co_await api.database.read(std::move(task));
  if (lesson && *lesson) lessons.changed(**lesson);
  co_return response;
}

// A lesson that came back may be opened again.
Answer tell_return(lesson::Lessons& lessons, http::Handler restore, http::Request request) {
  const LessonId id{request.path_parameter("id")};
  auto response = co_await restore(std::move(request));
  if (response) lessons.restored(id);
  co_return response;
}

// Whoever waits in a lesson that is deleted is told that it is over.
Answer tell_deletion(const Api& api, lesson::Lessons& lessons, http::Handler erase, http::Request request) {
  auto task = [id = request.path_parameter("id")](soci::session& sql) -> Result<std::optional<LessonRecord>> {
    return schedule::find_lesson(sql, id);
  };
  const auto row = co_await api.database.read(std::move(task));
  auto response = co_await erase(std::move(request));
  if (!response || !row || !*row) co_return response;
  LessonRecord gone = **row;
  gone.status = LessonStatus::kEnded;
  gone.version = std::numeric_limits<int64_t>::max();  // nothing overtakes it
  lessons.end(gone);
  co_return response;
}

Resource<LessonRow> lesson_resource() {
  Resource<LessonRow> r;
  r.name = "Lesson";
  r.prefix = "l";
  r.item_path = "/api/v1/lessons/";
  r.collection_path = "/api/v1/classes/{id}/lessons";
  r.owner = &LessonRow::class_id;
  r.owner_column = "class_id";
  r.filters = {{"status", "status"},
               {"series_id", "series_id"},
               {"from", "starts_at", Filter::How::kFrom},
               {"to", "starts_at", Filter::How::kBefore}};
  r.sorts = {"starts_at"};
  r.check = check_lesson;
  r.may_erase = may_erase_lesson;
  r.written = written_lesson;
  r.school = [](soci::session& sql, const LessonRow& lesson) {
    return store::find<roster::Class>(sql, lesson.class_id)->school_id;
  };
  r.permit_owner = permit_lessons_of;
  r.permit_row = permit_lesson;
  r.encode = lesson_json;
  r.encode_page = lessons_json;
  return r;
}

}  // namespace

std::vector<http::Route> lesson_routes(const Api& api, lesson::Lessons& lessons) {
  using http::Method;
  auto routes = resource_routes(api, lesson_resource());
  for (auto& route : routes) {
    const auto plain = route.handler;
    if (route.method == Method::kPatch)
      route.handler = [&api, &lessons, plain](http::Request q) {
        return tell_change(api, lessons, plain, std::move(q));
      };
    if (route.pattern.ends_with("/restore"))
      route.handler = [&lessons, plain](http::Request q) {
        return tell_return(lessons, plain, std::move(q));
      };
    if (route.method == Method::kDelete)
      route.handler = [&api, &lessons, plain](http::Request q) {
        return tell_deletion(api, lessons, plain, std::move(q));
      };
  }
  routes.push_back({Method::kPost, "/api/v1/lessons/{id}/start", [&api, &lessons](http::Request q) {
                      return run_lesson(api, lessons, std::move(q), LessonStatus::kLive);
                    }});
  routes.push_back({Method::kPost, "/api/v1/lessons/{id}/end", [&api, &lessons](http::Request q) {
                      return run_lesson(api, lessons, std::move(q), LessonStatus::kEnded);
                    }});
  routes.push_back({Method::kPost, "/api/v1/lessons/{id}/join-links",
                    [&api](http::Request q) { return create_join_link(api, std::move(q)); }});
  routes.push_back({Method::kPost, "/api/v1/lessons/{id}/enter",
                    [&api](http::Request q) { return enter(api, std::move(q)); }});
  return routes;
}

}  // namespace thranio::api
