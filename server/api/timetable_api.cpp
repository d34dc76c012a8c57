#include "server/api/lesson_rows.hpp"
#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/store/times.hpp"

// A school's week as lists: the expanded timetable, the days on which the school is closed, and one's own
// lessons.
namespace thranio::api {
namespace {

using nlohmann::json;
using schedule::Closure;
using schedule::LessonRow;
using schedule::TimetableQuery;

constexpr int kMostLessons = 500;  // of one page
constexpr int64_t kLongestSpanMs = 400LL * 24 * 3600 * 1000;

Result<int64_t> time_parameter(const http::Request& request, const char* name) {
  const auto given = request.query_parameter(name);
  if (!given)
    return fail(ErrorKind::kInvalid, "invalid-field", std::string(name) + " is missing: an RFC 3339 time.",
                name);
  return parse_time(std::string{*given}, name);
}

Result<TimetableQuery> timetable_query(const http::Request& request) {
  const auto from = time_parameter(request, "from"), to = time_parameter(request, "to");
  if (!from) return std::unexpected(from.error());
  if (!to) return std::unexpected(to.error());
  if (*to <= *from || *to - *from > kLongestSpanMs)
    return fail(ErrorKind::kInvalid, "invalid-field", "to is after from, and at most 400 days after it.",
                "to");
  const auto limit = wanted_limit(request, kMostLessons, 200);
  if (!limit) return std::unexpected(limit.error());
  TimetableQuery query;
  query.from = *from;
  query.to = *to;
  query.teacher = request.query_parameter("teacher").value_or("");
  query.student = request.query_parameter("student").value_or("");
  query.cls = request.query_parameter("class").value_or("");
  query.cursor = request.query_parameter("cursor").value_or("");
  query.limit = *limit;
  return query;
}

Result<http::Response> tell(soci::session& sql, TimetableQuery query) {
  ++query.limit;
  auto rows = schedule::timetable(sql, query);
  if (!rows) return std::unexpected(rows.error());
  json next = nullptr;
  if (rows->size() == static_cast<size_t>(query.limit)) {
    rows->pop_back();
    next = store::cursor_of(rows->back().starts_at, rows->back().id);
  }
  LessonTeller teller(sql, query.school_id, query.from, query.to);
  json items = json::array();
  for (const auto& row : *rows)
    items.push_back(teller(row));
  return json_response(200, {{"items", items}, {"next_cursor", next}});
}

// Students see their own, guardians their children's; teachers and admins see the school's.
Result<void> permit_timetable(soci::session& sql, const auth::Principal& who, const TimetableQuery& query) {
  const bool own =
      who.user && !who.lesson && (query.student == who.user->value() || query.teacher == who.user->value());
  const bool child = who.user && !who.lesson && !query.student.empty() &&
                     roster::is_guardian(sql, who.user->value(), query.student);
  const auto user = own || child ? store::find<roster::User>(sql, who.user->value()) : std::nullopt;
  if (user && user->school_id == query.school_id) return {};
  return permit_in_school(sql, who, query.school_id, false);
}

Answer school_timetable(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  if (auto told = told_before(api, *who, request)) co_return std::move(*told);
  auto query = timetable_query(request);
  if (!query) co_return std::unexpected(query.error());
  query->school_id = request.path_parameter("id");
  auto task = [who = *who, query = *query](soci::session& sql) -> Result<http::Response> {
    if (auto may = permit_timetable(sql, who, query); !may) return std::unexpected(may.error());
    return tell(sql, query);
  };
  co_return co_await read_and_keep(api, *who, request, std::move(task));
}

// One's own lessons, as teacher and as student.
Answer my_timetable(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  if (auto told = told_before(api, *who, request)) co_return std::move(*told);
  auto query = timetable_query(request);
  if (!query) co_return std::unexpected(query.error());
  if (!who->user || who->lesson)
    co_return fail(ErrorKind::kForbidden, "not-allowed", "Only a person has lessons of her own.");
  auto task = [who = *who, query = *query](soci::session& sql) mutable -> Result<http::Response> {
    const auto user = store::find<roster::User>(sql, who.user->value());
    if (!user) return std::unexpected(not_found());
    query.school_id = user->school_id;
    query.teacher = query.student = query.cls = "";
    (who.role == auth::Role::kTeacher ? query.teacher : query.student) = user->id;
    return tell(sql, query);
  };
  co_return co_await read_and_keep(api, *who, request, std::move(task));
}

Result<void> check_closure(soci::session&, const Asker&, const Closure*, Closure& row, const json&) {
  if (row.ends_on >= row.starts_on) return {};
  return fail(ErrorKind::kInvalid, "invalid-field", "A closure ends on or after its first day.", "/ends_on");
}

}  // namespace

std::vector<http::Route> timetable_routes(const Api& api) {
  using http::Method;
  Resource<Closure> closures;
  closures.name = "Closure";
  closures.prefix = "h";
  closures.item_path = "/api/v1/closures/";
  closures.collection_path = "/api/v1/schools/{id}/closures";
  closures.owner = &Closure::school_id;
  closures.owner_column = "school_id";
  closures.sorts = {"starts_on"};
  closures.check = check_closure;
  closures.school = [](soci::session&, const Closure& row) { return row.school_id; };
  closures.permit_owner = permit_in_school;
  closures.permit_row = [](soci::session& sql, const auth::Principal& who, const Closure& row, bool write) {
    return permit_in_school(sql, who, row.school_id, write);
  };
  auto routes = resource_routes(api, std::move(closures));
  routes.push_back({Method::kGet, "/api/v1/schools/{id}/timetable",
                    [&api](http::Request q) { return school_timetable(api, std::move(q)); }});
  routes.push_back({Method::kGet, "/api/v1/me/timetable",
                    [&api](http::Request q) { return my_timetable(api, std::move(q)); }});
  return routes;
}

}  // namespace thranio::api
