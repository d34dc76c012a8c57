#include <algorithm>
#include <set>

#include "server/api/lesson_rows.hpp"
#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/schedule/calendar.hpp"
#include "server/schedule/feed_store.hpp"
#include "server/schedule/holidays.hpp"
#include "server/store/savepoint.hpp"
#include "server/store/times.hpp"

// Calendars: private feeds that any calendar program reads, one lesson to download, holidays to import.
namespace thranio::api {
namespace {

using nlohmann::json;
using schedule::Closure;
using schedule::Feed;

constexpr const char* kCalendarType = "text/calendar; charset=utf-8";

// The school of what the feed is of, if `who` may read that.
Result<std::string> permit_target(soci::session& sql, const auth::Principal& who, const std::string& kind,
                                  const std::string& target) {
  std::string school = target;
  if (kind == "class") {
    const auto cls = store::find<roster::Class>(sql, target);
    if (!cls || cls->deleted_at) return std::unexpected(not_found());
    school = cls->school_id;
  }
  if (kind == "user") {
    const auto user = store::find<roster::User>(sql, target);
    if (!user || user->deleted_at) return std::unexpected(not_found());
    const bool own = who.user && !who.lesson && who.user->value() == target;
    if (own || (who.user && !who.lesson && roster::is_guardian(sql, who.user->value(), target)))
      return user->school_id;
    // A person's week is hers, and the school's administration's.
    if (auto may =
            auth::permit(who, auth::Action::kManageSchool, relation_to_school(sql, who, user->school_id));
        !may)
      return std::unexpected(may.error());
    return user->school_id;
  }
  if (auto may = permit_in_school(sql, who, school, false); !may) return std::unexpected(may.error());
  return school;
}

Answer create_feed(const Api& api, std::string kind, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  auto task = [asker = *asker, kind, target = request.path_parameter("id"),
               origin = request.origin](soci::session& sql) -> Result<http::Response> {
    const auto school = permit_target(sql, asker.who, kind, target);
    if (!school) return std::unexpected(school.error());
    const std::string secret = auth::random_text();
    const Feed feed{store::new_id("f"), *school, kind, target, asker.now_ms};
    schedule::insert_feed(sql, feed, auth::sha256(secret), asker.who.user ? asker.who.user->value() : "");
    audit(sql, asker, "create", "Feed", feed.id, *school, "",
          json{{"kind", kind}, {"target_id", target}}.dump());
    const std::string path = "/calendars/" + secret + ".ics";
    auto response = json_response(201, {{"id", feed.id}, {"url", origin + path}});
    response.set("Location", "/api/v1/feeds/" + feed.id);
    return response;
  };
  co_return co_await api.database.write(std::move(task));
}

Answer list_feeds(const Api& api, std::string kind, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  auto task = [who = *who, kind,
               target = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto school = permit_target(sql, who, kind, target);
    if (!school) return std::unexpected(school.error());
    json items = json::array();
    for (const auto& feed : schedule::feeds_of(sql, target))
      if (feed.kind == kind)
        items.push_back(
            {{"id", feed.id}, {"created_at", store::to_rfc3339(store::from_millis(feed.created_at))}});
    return json_response(200, {{"items", items}, {"next_cursor", nullptr}});
  };
  co_return co_await api.database.read(std::move(task));
}

Answer revoke_feed(const Api& api, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  auto task = [asker = *asker,
               id = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    const auto feed = schedule::find_feed(sql, id);
    if (!feed) return std::unexpected(not_found());
    if (auto school = permit_target(sql, asker.who, feed->kind, feed->target_id); !school)
      return std::unexpected(school.error());
    schedule::delete_feed(sql, id);
    audit(sql, asker, "delete", "Feed", id, feed->school_id, "", "");
    return no_content();
  };
  co_return co_await api.database.write(std::move(task));
}

std::string full_name(soci::session& sql, const std::string& user) {
  const auto row = store::find<roster::User>(sql, user);
  return row ? row->given_name + " " + row->family_name : "";
}

std::string name_of(soci::session& sql, const Feed& feed) {
  if (feed.kind == "user") return full_name(sql, feed.target_id);
  if (feed.kind == "class") return store::find<roster::Class>(sql, feed.target_id)->title;
  return store::find<roster::School>(sql, feed.target_id)->name;
}

// Titles and names of what is told.
void add_words(soci::session& sql, schedule::CalendarContent& content) {
  std::set<std::string> classes, teachers;
  for (const auto& lesson : content.lessons) {
    classes.insert(lesson.class_id);
    if (lesson.teacher_id) teachers.insert(*lesson.teacher_id);
  }
  for (const auto& series : content.series) {
    classes.insert(series.class_id);
    if (series.teacher_id) teachers.insert(*series.teacher_id);
  }
  for (const auto& id : classes) {
    const auto cls = store::find<roster::Class>(sql, id);
    content.class_titles[id] = cls ? cls->title : "";
    std::string names;
    for (const auto& name : roster::teacher_names(sql, id))
      names += (names.empty() ? "" : ", ") + name;
    content.teachers[id] = names;
  }
  for (const auto& id : teachers)
    content.teachers[id] = full_name(sql, id);
}

std::string write_calendar(soci::session& sql, const std::string& school, schedule::CalendarContent content,
                           const schedule::CalendarText& text) {
  const auto zone = schedule::zone_of_school(sql, school);
  int64_t from = INT64_MAX, to = 0;
  for (const auto& lesson : content.lessons) {
    from = std::min(from, lesson.starts_at);
    to = std::max(to, lesson.ends_at);
  }
  const schedule::ClosureCalendar closures(sql, school, zone, std::min(from, to), to);
  content.closures = &closures;
  add_words(sql, content);
  return schedule::to_calendar(text, content, zone);
}

http::Response calendar_response(const http::Request& request, std::string body) {
  const std::string etag = "\"" + auth::sha256(body).substr(0, 32) + "\"";
  http::Response response;
  response.set("ETag", etag);
  response.set("Cache-Control", "private, max-age=300");
  if (request.header("if-none-match") == std::string_view{etag}) {
    response.status = 304;
    return response;
  }
  response.set("Content-Type", kCalendarType);
  response.body = std::move(body);
  return response;
}

// The link is the key: whoever holds it reads this calendar and nothing else.
Answer read_feed(const Api& api, http::Request request) {
  std::string secret = request.path_parameter("file");
  if (!secret.ends_with(".ics")) co_return std::unexpected(not_found());
  secret.resize(secret.size() - 4);
  auto task = [hash = auth::sha256(secret), origin = request.origin,
               path = request.path](soci::session& sql) -> Result<std::string> {
    const auto feed = schedule::feed_by_hash(sql, hash);
    if (!feed) return std::unexpected(not_found());
    if (feed->kind == "user") {
      const auto user = store::find<roster::User>(sql, feed->target_id);
      if (!user || user->deleted_at || !user->enabled) return std::unexpected(not_found());
    }
    schedule::CalendarContent content;
    for (const auto& cls : schedule::classes_of_feed(sql, *feed)) {
      for (auto& series : schedule::series_of_class(sql, cls))
        content.series.push_back(std::move(series));
      for (auto& lesson : schedule::lessons_of_class(sql, cls))
        content.lessons.push_back(std::move(lesson));
    }
    if (feed->kind == "user")
      for (auto& lesson : schedule::lessons_stood_in(sql, feed->target_id))
        if (std::ranges::find(content.lessons, lesson.id, &schedule::LessonRow::id) == content.lessons.end())
          content.lessons.push_back(std::move(lesson));
    const schedule::CalendarText text{name_of(sql, *feed), origin, origin + path};
    return write_calendar(sql, feed->school_id, std::move(content), text);
  };
  auto body = co_await api.database.read(std::move(task));
  if (!body) co_return std::unexpected(body.error());
  co_return calendar_response(request, std::move(*body));
}

Answer download_lesson(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  auto task = [who = *who, id = request.path_parameter("id"),
               origin = request.origin](soci::session& sql) -> Result<std::string> {
    const auto record = schedule::find_lesson(sql, id);
    if (!record) return std::unexpected(not_found());
    if (auto may = auth::permit(who, auth::Action::kReadLesson, relation_to_lesson(sql, who, *record)); !may)
      return std::unexpected(may.error());
    schedule::CalendarContent content;
    content.lessons.push_back(*store::find<schedule::LessonRow>(sql, id));
    return write_calendar(sql, record->school.value(), std::move(content), {record->title, origin, ""});
  };
  auto body = co_await api.database.read(std::move(task));
  if (!body) co_return std::unexpected(body.error());
  co_return calendar_response(request, std::move(*body));
}

// Holidays from a calendar: what is there already (same UID, same day) is brought up to date, the rest is
// added.
Answer import_closures(const Api& api, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  if (auto typed = require_type(request, "text/calendar"); !typed) co_return std::unexpected(typed.error());
  const auto dry_run = flag(request, "dry_run");
  if (!dry_run) co_return std::unexpected(dry_run.error());
  auto task = [asker = *asker, dry_run = *dry_run, school = request.path_parameter("id"),
               body = request.body](soci::session& sql) -> Result<http::Response> {
    if (auto may = permit_in_school(sql, asker.who, school, true); !may) return std::unexpected(may.error());
    const auto holidays =
        schedule::holidays_of(body, schedule::zone_of_school(sql, school), std::chrono::system_clock::now());
    if (!holidays) return std::unexpected(holidays.error());
    store::Savepoint savepoint(sql, "import");
    json items = json::array();
    for (const auto& holiday : *holidays) {
      const auto before = schedule::closure_by_uid(sql, school, holiday.uid, holiday.starts_on);
      Closure row = before.value_or(Closure{});
      row.title = holiday.title;
      row.starts_on = holiday.starts_on;
      row.ends_on = holiday.ends_on;
      const bool same = before && !before->deleted_at && row_json(*before) == row_json(row);
      row.deleted_at.reset();
      row.updated_at = same ? row.updated_at : asker.now_ms;
      if (!before) {
        row.id = store::new_id("h");
        row.school_id = school;
        row.uid = holiday.uid;
        store::insert(sql, row);
        audit(sql, asker, "create", "Closure", row.id, school, "", row_json(row).dump());
      } else if (!same) {
        store::update(sql, row, row.version);
        const auto [was, is] = difference(row_json(*before), row_json(row));
        audit(sql, asker, "change", "Closure", row.id, school, was, is);
      }
      json told = row_json(row);
      told["id"] = dry_run && !before ? json(nullptr) : told["id"];
      items.push_back({{"closure", told}, {"change", same ? "none" : before ? "changed" : "created"}});
    }
    if (!dry_run) savepoint.keep();
    return json_response(200, {{"dry_run", dry_run}, {"items", items}});
  };
  co_return co_await api.database.write(std::move(task));
}

}  // namespace

std::vector<http::Route> feed_routes(const Api& api) {
  using http::Method;
  std::vector<http::Route> routes;
  for (const auto& [kind, path] :
       {std::pair{"user", "users"}, std::pair{"class", "classes"}, std::pair{"school", "schools"}}) {
    const std::string collection = std::string("/api/v1/") + path + "/{id}/feeds";
    const std::string of = kind;
    routes.push_back({Method::kPost, collection,
                      [&api, of](http::Request q) { return create_feed(api, of, std::move(q)); }});
    routes.push_back({Method::kGet, collection,
                      [&api, of](http::Request q) { return list_feeds(api, of, std::move(q)); }});
  }
  routes.push_back({Method::kDelete, "/api/v1/feeds/{id}",
                    [&api](http::Request q) { return revoke_feed(api, std::move(q)); }});
  routes.push_back(
      {Method::kGet, "/calendars/{file}", [&api](http::Request q) { return read_feed(api, std::move(q)); }});
  routes.push_back({Method::kGet, "/api/v1/lessons/{id}/calendar",
                    [&api](http::Request q) { return download_lesson(api, std::move(q)); }});
  routes.push_back({Method::kPost, "/api/v1/schools/{id}/closures/import",
                    [&api](http::Request q) { return import_closures(api, std::move(q)); }});
  return routes;
}

}  // namespace thranio::api
