#include "server/api/lesson_rows.hpp"
#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/schedule/lesson_series.hpp"

// Recurring lessons: a series makes, moves and takes away its occurrences.
namespace thranio::api {
namespace {

using nlohmann::json;
using schedule::LessonRow;
using schedule::LessonSeries;

std::string school_of_series(soci::session& sql, const LessonSeries& series) {
  return store::find<roster::Class>(sql, series.class_id)->school_id;
}

store::TimeZone zone_of(soci::session& sql, const LessonSeries& series) {
  return schedule::zone_of_school(sql, school_of_series(sql, series));
}

Result<void> check_series(soci::session& sql, const Asker&, const LessonSeries* before, LessonSeries& series,
                          const json& body) {
  auto planned = schedule::planned(series, zone_of(sql, series));
  if (!planned) return std::unexpected(planned.error());
  if (auto good = check_substitute(sql, series.teacher_id, series.class_id); !good) return good;
  if (before && !before->deleted_at &&
      (before->starts_at_local != series.starts_at_local || before->rrule != series.rrule ||
       before->rdates != series.rdates || before->exdates != series.exdates ||
       before->duration_minutes != series.duration_minutes))
    ++series.sequence;
  return check_clashes(sql, *planned, body);
}

// The row of a series and its occurrences change in one transaction; now_ms is the series' own updated_at.
void written_series(soci::session& sql, const LessonSeries* before, const LessonSeries* after) {
  if (after)
    schedule::write_occurrences(sql, before, *after, zone_of(sql, *after), after->updated_at);
  else
    schedule::delete_occurrences(sql, *before,
                                 std::chrono::duration_cast<std::chrono::milliseconds>(
                                     std::chrono::system_clock::now().time_since_epoch())
                                     .count());
}

json encode_series(soci::session& sql, const LessonSeries& series) {
  json told = row_json(series);
  told["time_zone"] = zone_of(sql, series).name();
  return told;
}

Resource<LessonSeries> series_resource() {
  Resource<LessonSeries> r;
  r.name = "LessonSeries";
  r.prefix = "r";
  r.item_path = "/api/v1/lesson-series/";
  r.collection_path = "/api/v1/classes/{id}/lesson-series";
  r.owner = &LessonSeries::class_id;
  r.owner_column = "class_id";
  r.check = check_series;
  r.written = written_series;
  r.school = school_of_series;
  r.permit_owner = permit_lessons_of;
  r.permit_row = [](soci::session& sql, const auth::Principal& who, const LessonSeries& series, bool write) {
    return permit_lessons_of(sql, who, series.class_id, write);
  };
  r.encode = encode_series;
  return r;
}

// PATCH of one occurrence "and all that follow": the series is split there, and the second part changed.
Answer change_following(const Api& api, std::shared_ptr<const Resource<LessonSeries>> r,
                        http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  const auto body = json_body(api, request, "ChangeFollowing");
  if (!body) co_return std::unexpected(body.error());
  const auto version = wanted_version(request);
  if (!version) co_return std::unexpected(version.error());
  auto task = [r, asker = *asker, body = *body, version = *version,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto lesson = store::find<LessonRow>(sql, id);
    if (!lesson || lesson->deleted_at) return std::unexpected(not_found());
    if (auto may = permit_lessons_of(sql, asker.who, lesson->class_id, true); !may)
      return std::unexpected(may.error());
    if (lesson->version != version) return std::unexpected(stale_version());
    auto series = lesson->series_id ? store::find<LessonSeries>(sql, *lesson->series_id) : std::nullopt;
    if (!series)
      return fail(ErrorKind::kConflict, "not-recurring",
                  "This lesson is no part of a series; change it alone.");
    const auto zone = zone_of(sql, *series);
    auto rows = schedule::lessons_of_series(sql, series->id);
    if (!rows.empty() && rows.front().id != lesson->id) {
      auto split = schedule::split_series(sql, *series, *lesson, zone, asker.now_ms);
      if (!split) return std::unexpected(split.error());
      const auto [was, is] = difference(encode_series(sql, *series), encode_series(sql, split->before));
      audit(sql, asker, "change", r->name, series->id, r->school(sql, *series), was, is);
      audit(sql, asker, "create", r->name, split->after.id, r->school(sql, *series), "",
            encode_series(sql, split->after).dump());
      series = split->after;
    }
    const LessonSeries before = *series;
    if (auto merged = merge(*series, body); !merged) return std::unexpected(merged.error());
    if (auto good = check_series(sql, asker, &before, *series, body); !good)
      return std::unexpected(good.error());
    series->updated_at = asker.now_ms;
    if (!store::update(sql, *series, before.version)) return std::unexpected(stale_version());
    series->version = before.version + 1;
    schedule::write_occurrences(sql, &before, *series, zone, asker.now_ms);
    if (body.contains("cancelled"))
      for (auto& row : schedule::lessons_of_series(sql, series->id)) {
        if (row.status != "scheduled" && row.status != "cancelled") continue;
        row.status = body["cancelled"].get<bool>() ? "cancelled" : "scheduled";
        row.updated_at = asker.now_ms;
        ++row.sequence;
        store::update(sql, row, row.version);
      }
    const auto [was, is] = difference(encode_series(sql, before), encode_series(sql, *series));
    audit(sql, asker, "change", r->name, series->id, r->school(sql, *series), was, is);
    return versioned(200, encode_series(sql, *series), series->version, r->item_path + series->id);
  };
  co_return co_await api.database.write(std::move(task));
}

}  // namespace

std::vector<http::Route> series_routes(const Api& api) {
  auto routes = resource_routes(api, series_resource());
  const auto r = std::make_shared<const Resource<LessonSeries>>(series_resource());
  routes.push_back({http::Method::kPatch, "/api/v1/lessons/{id}/following",
                    [&api, r](http::Request q) { return change_following(api, r, std::move(q)); }});
  return routes;
}

}  // namespace thranio::api
