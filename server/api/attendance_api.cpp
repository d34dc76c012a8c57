#include <algorithm>

#include "server/api/attendance_json.hpp"
#include "server/api/csv.hpp"
#include "server/api/lesson_rows.hpp"
#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/lesson/attendance_ledger.hpp"
#include "server/lesson/attendance_store.hpp"
#include "server/roster/privacy_store.hpp"
#include "server/schedule/closures.hpp"
#include "server/store/times.hpp"

// Who was there, of a lesson, of a person, of a class and of a term; the lesson's report; and what a teacher
// sets right.
namespace thranio::api {
namespace {

using lesson::AttendanceLedger;
using lesson::Sheet;
using lesson::SheetQuery;
using nlohmann::json;
using schedule::LessonRecord;

constexpr size_t kMostLessons = 4000;  // of one answer: a term of a school of 60 classes
constexpr int64_t kMostMs = 4'000'000'000'000;

struct Span {
  int64_t from = 0, to = kMostMs;
};

Result<Span> wanted_span(const http::Request& request) {
  Span span;
  for (const auto& [name, side] : {std::pair("from", &span.from), std::pair("to", &span.to)}) {
    const auto given = request.query_parameter(name);
    if (!given) continue;
    const auto time = parse_time(std::string{*given}, name);
    if (!time) return std::unexpected(time.error());
    *side = *time;
  }
  if (span.to < span.from) return fail(ErrorKind::kInvalid, "invalid-field", "to is not before from.", "to");
  return span;
}

// Whose attendance is told: everybody's, or of these users alone.
struct Circle {
  bool everybody = false;
  std::vector<std::string> users;
  bool holds(const std::optional<std::string>& user) const {
    return everybody || (user && std::ranges::find(users, *user) != users.end());
  }
};

// A student is told her own, a guardian her children's.
Result<Circle> circle_in(soci::session& sql, const auth::Principal& who, const LessonRecord& record) {
  const auto relation = relation_to_lesson(sql, who, record);
  const auto all = auth::permit(who, auth::Action::kReadAttendance, relation);
  if (all) return Circle{true, {}};
  if (who.role == auth::Role::kTeacher || who.role == auth::Role::kAdmin) return std::unexpected(all.error());
  if (auto may = auth::permit(who, auth::Action::kReadLesson, relation); !may)
    return std::unexpected(may.error());
  Circle circle;
  if (!who.user) return circle;
  circle.users.push_back(who.user->value());
  if (who.role == auth::Role::kGuardian)
    for (const auto& guarded : roster::guardianships_with(sql, who.user->value()))
      if (guarded.guardian_id == who.user->value() && !guarded.deleted_at)
        circle.users.push_back(guarded.student_id);
  return circle;
}

Answer lesson_attendance(const Api& api, AttendanceLedger& ledger, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const auto format = wanted_format(request);
  if (!format) co_return std::unexpected(format.error());
  co_await ledger.flush();
  auto task = [who = *who, format = *format,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto record = schedule::find_lesson(sql, id);
    if (!record) return std::unexpected(not_found());
    const auto circle = circle_in(sql, who, *record);
    if (!circle) return std::unexpected(circle.error());
    const auto sheet = lesson::sheet_of(sql, id);
    if (!sheet) return std::unexpected(not_found());
    json items = json::array();
    Csv csv(kEntryColumns);
    for (const auto& entry : entries_of(*sheet)) {
      if (!circle->holds(entry.as_recorded.user_id)) continue;
      if (format == Format::kCsv)
        csv.add(entry_cells(*sheet, entry));
      else
        items.push_back(entry_json(entry, sheet->time()));
    }
    if (format == Format::kCsv) return csv_response("attendance-" + id, csv.take());
    return json_response(200, {{"lesson", lesson_brief(*sheet)}, {"items", std::move(items)}});
  };
  co_return co_await api.database.read(std::move(task));
}

Answer lesson_report(const Api& api, AttendanceLedger& ledger, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  co_await ledger.flush();
  auto task = [who = *who, id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto record = schedule::find_lesson(sql, id);
    if (!record) return std::unexpected(not_found());
    if (auto may = auth::permit(who, auth::Action::kReadAttendance, relation_to_lesson(sql, who, *record));
        !may)
      return std::unexpected(may.error());
    const auto sheet = lesson::sheet_of(sql, id);
    if (!sheet) return std::unexpected(not_found());
    return json_response(200, report_json(*sheet, entries_of(*sheet)));
  };
  co_return co_await api.database.read(std::move(task));
}

// The lessons that the query asks for, if there are not too many. Error: invalid-field.
Result<std::vector<Sheet>> bounded_sheets(soci::session& sql, SheetQuery query) {
  query.limit = kMostLessons + 1;
  auto found = lesson::sheets(sql, query);
  if (found.size() <= kMostLessons) return found;
  return fail(ErrorKind::kInvalid, "invalid-field",
              "These are more than " + std::to_string(kMostLessons) + " lessons: ask for a shorter time.",
              "from");
}

// Herself, her guardians and the school's admins; a teacher of a class of hers, as far as that class goes.
Result<std::string> seen_by_teacher(soci::session& sql, const auth::Principal& who,
                                    const roster::User& user) {
  const bool person = who.user && !who.lesson && who.scopes.empty();
  if (person && (who.user->value() == user.id || roster::is_guardian(sql, who.user->value(), user.id)))
    return std::string();
  auto relation = relation_to_school(sql, who, user.school_id);
  if (who.role == auth::Role::kTeacher && who.user)
    relation.teaches = lesson::teaches(sql, who.user->value(), user.id);
  if (auto may = auth::permit(who, auth::Action::kReadAttendance, relation); !may)
    return std::unexpected(may.error());
  return relation.teaches ? who.user->value() : "";
}

Answer user_attendance(const Api& api, AttendanceLedger& ledger, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const auto format = wanted_format(request);
  if (!format) co_return std::unexpected(format.error());
  const auto span = wanted_span(request);
  if (!span) co_return std::unexpected(span.error());
  co_await ledger.flush();
  auto task = [who = *who, format = *format, span = *span,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto user = store::find<roster::User>(sql, id);
    if (!user) return std::unexpected(not_found());
    const auto taught_by = seen_by_teacher(sql, who, *user);
    if (!taught_by) return std::unexpected(taught_by.error());
    const auto found =
        bounded_sheets(sql, {.user = id, .taught_by = *taught_by, .from = span.from, .to = span.to});
    if (!found) return std::unexpected(found.error());
    json items = json::array();
    Csv csv(kEntryColumns);
    AttendanceSum sum;
    for (const auto& sheet : *found) {
      sum.add(sheet);
      for (const auto& entry : entries_of(sheet)) {
        if (format == Format::kCsv)
          csv.add(entry_cells(sheet, entry));
        else
          items.push_back({{"lesson", lesson_brief(sheet)}, {"attendance", entry_json(entry, sheet.time())}});
      }
    }
    if (format == Format::kCsv) return csv_response("attendance-" + id, csv.take());
    const auto totals = sum.totals();
    return json_response(200, {{"user_id", id},
                               {"items", std::move(items)},
                               {"totals", totals.empty() ? json(nullptr) : totals_json(totals.front())}});
  };
  co_return co_await api.database.read(std::move(task));
}

Result<http::Response> tell_totals(soci::session& sql, const SheetQuery& query, Format format,
                                   const std::string& id, const std::string& title) {
  const auto found = bounded_sheets(sql, query);
  if (!found) return std::unexpected(found.error());
  AttendanceSum sum;
  for (const auto& sheet : *found)
    sum.add(sheet);
  json items = json::array();
  Csv csv(kTotalsColumns);
  for (const auto& total : sum.totals()) {
    csv.add(totals_cells(total));
    items.push_back(totals_json(total));
  }
  if (format == Format::kCsv) return csv_response("attendance-" + id, csv.take());
  return json_response(
      200, {{"id", id}, {"title", title}, {"lessons", found->size()}, {"items", std::move(items)}});
}

Answer class_attendance(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const auto format = wanted_format(request);
  if (!format) co_return std::unexpected(format.error());
  const auto span = wanted_span(request);
  if (!span) co_return std::unexpected(span.error());
  auto task = [who = *who, format = *format, span = *span,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto cls = permitted_class(sql, who, id, auth::Action::kReadAttendance);
    if (!cls) return std::unexpected(cls.error());
    return tell_totals(sql, {.cls = id, .from = span.from, .to = span.to}, format, id, cls->title);
  };
  co_return co_await api.database.read(std::move(task));
}

// From the first local day's midnight to the one after the last.
Result<Span> span_of(soci::session& sql, const roster::AcademicSession& session) {
  const auto zone = schedule::zone_of_school(sql, session.school_id);
  const auto first = store::parse_day(session.starts_on), last = store::parse_day(session.ends_on);
  if (!first || !last) return Span{};
  return Span{store::to_millis(zone.instant_of(store::LocalTime(*first))),
              store::to_millis(zone.instant_of(store::LocalTime(*last + std::chrono::days(1))))};
}

// A teacher is told of the classes that she teaches.
Answer term_attendance(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const auto format = wanted_format(request);
  if (!format) co_return std::unexpected(format.error());
  auto task = [who = *who, format = *format, cls = std::string(request.query_parameter("class").value_or("")),
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto session = store::find<roster::AcademicSession>(sql, id);
    if (!session) return std::unexpected(not_found());
    SheetQuery query{.cls = cls, .school = session->school_id};
    auto relation = relation_to_school(sql, who, session->school_id);
    relation.teaches = who.role == auth::Role::kTeacher && who.user;
    if (auto may = auth::permit(who, auth::Action::kReadAttendance, relation); !may)
      return std::unexpected(may.error());
    if (relation.teaches) query.taught_by = who.user->value();
    if (session->deleted_at) return std::unexpected(deleted());
    const auto span = span_of(sql, *session);
    if (!span) return std::unexpected(span.error());
    query.from = span->from;
    query.to = span->to;
    return tell_totals(sql, query, format, id, session->title);
  };
  co_return co_await api.database.read(std::move(task));
}

// The one whose minutes are set right, as she stands now. Errors: lesson-not-live, invalid-field.
Result<AttendanceEntry> entry_to_correct(const Sheet& sheet, const json& body) {
  if (!sheet.ledger.live_at)
    return fail(ErrorKind::kConflict, "lesson-not-live", "The lesson has not taken place.");
  const std::string user = body["user_id"];
  const int64_t most = std::max<int64_t>(1, lesson::to_minutes(lesson_ms(sheet.time())));
  if (body["minutes"].get<int64_t>() > most)
    return fail(ErrorKind::kInvalid, "invalid-field",
                "The lesson lasted " + std::to_string(most) + " minutes.", "/minutes");
  for (auto& entry : entries_of(sheet))
    if (entry.as_recorded.user_id == user) return std::move(entry);
  return fail(ErrorKind::kInvalid, "invalid-field", "This user is not in the class, nor was she there.",
              "/user_id");
}

std::string name_of_asker(soci::session& sql, const auth::Principal& who) {
  if (!who.user) return who.name;
  const auto user = store::find<roster::User>(sql, who.user->value());
  return user ? user->given_name + " " + user->family_name : who.name;
}

Answer correct(const Api& api, AttendanceLedger& ledger, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  const auto body = json_body(api, request, "NewAttendanceCorrection");
  if (!body) co_return std::unexpected(body.error());
  co_await ledger.flush();
  auto task = [asker = *asker, body = *body,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto record = schedule::find_lesson(sql, id);
    if (!record) return std::unexpected(not_found());
    if (auto may = auth::permit(asker.who, auth::Action::kCorrectAttendance,
                                relation_to_lesson(sql, asker.who, *record));
        !may)
      return std::unexpected(may.error());
    const auto sheet = lesson::sheet_of(sql, id);
    if (!sheet) return std::unexpected(not_found());
    const auto entry = entry_to_correct(*sheet, body);
    if (!entry) return std::unexpected(entry.error());
    const auto reason = words_in(body, "reason");
    if (!reason) return std::unexpected(reason.error());
    lesson::Correction correction;
    correction.lesson_id = id;
    correction.user_id = body["user_id"];
    correction.number = entry->correction ? entry->correction->number + 1 : 1;
    correction.corrected_at = asker.now_ms;
    correction.corrected_by = asker.who.user ? asker.who.user->value() : asker.who.token_id;
    correction.corrected_by_name = name_of_asker(sql, asker.who);
    correction.minutes_before = entry->minutes();
    correction.minutes = body["minutes"];
    correction.reason = *reason;
    lesson::add_correction(sql, correction);
    // Not the reason: it may name her, and is forgotten with her where it stands.
    const auto told = [&](int64_t minutes) {
      return json{{"user_id", correction.user_id}, {"minutes", minutes}}.dump();
    };
    audit(sql, asker, "correct", "Attendance", id, record->school.value(), told(correction.minutes_before),
          told(correction.minutes));
    return json_response(201, correction_json(correction));
  };
  co_return co_await write_once(api, *asker, request, std::move(task));
}

Answer list_corrections(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  auto task = [who = *who, id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto record = schedule::find_lesson(sql, id);
    if (!record) return std::unexpected(not_found());
    if (auto may = auth::permit(who, auth::Action::kReadAttendance, relation_to_lesson(sql, who, *record));
        !may)
      return std::unexpected(may.error());
    json items = json::array();
    for (const auto& correction : lesson::corrections_in(sql, id))
      items.push_back(correction_json(correction));
    return json_response(200, {{"items", std::move(items)}});
  };
  co_return co_await api.database.read(std::move(task));
}

}  // namespace

std::vector<http::Route> attendance_routes(const Api& api, AttendanceLedger& ledger) {
  using http::Method;
  const std::string corrections = "/api/v1/lessons/{id}/attendance-corrections";
  return {
      {Method::kGet, "/api/v1/lessons/{id}/attendance",
       [&api, &ledger](http::Request q) { return lesson_attendance(api, ledger, std::move(q)); }},
      {Method::kGet, "/api/v1/lessons/{id}/report",
       [&api, &ledger](http::Request q) { return lesson_report(api, ledger, std::move(q)); }},
      {Method::kGet, "/api/v1/users/{id}/attendance",
       [&api, &ledger](http::Request q) { return user_attendance(api, ledger, std::move(q)); }},
      {Method::kGet, "/api/v1/classes/{id}/attendance",
       [&api](http::Request q) { return class_attendance(api, std::move(q)); }},
      {Method::kGet, "/api/v1/academic-sessions/{id}/attendance",
       [&api](http::Request q) { return term_attendance(api, std::move(q)); }},
      {Method::kGet, corrections, [&api](http::Request q) { return list_corrections(api, std::move(q)); }},
      {Method::kPost, corrections,
       [&api, &ledger](http::Request q) { return correct(api, ledger, std::move(q)); }},
  };
}

}  // namespace thranio::api
