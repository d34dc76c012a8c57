#include "server/api/rest.hpp"

#include <algorithm>
#include <chrono>

#include <nlohmann/json.hpp>

#include "server/api/resource.hpp"
#include "server/auth/audit_store.hpp"
#include "server/http/problem.hpp"
#include "server/store/savepoint.hpp"
#include "server/store/time_zone.hpp"
#include "server/store/times.hpp"

namespace thranio::api {

using nlohmann::json;

boost::asio::awaitable<Result<auth::Principal>> authenticate(const Api& api, const http::Request& request) {
  std::string bearer{request.header("authorization").value_or("")};
  constexpr std::string_view kScheme = "Bearer ";
  bearer = bearer.starts_with(kScheme) ? bearer.substr(kScheme.size()) : "";
  co_return co_await api.tokens.authenticate(std::move(bearer));
}

boost::asio::awaitable<Result<Asker>> ask_who(const Api& api, const http::Request& request) {
  auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  co_return Asker{std::move(*who), request.remote_address,
                  store::to_millis(std::chrono::system_clock::now())};
}

Result<void> require_type(const http::Request& request, std::string_view type) {
  std::string given{request.header("content-type").value_or("")};
  given = given.substr(0, given.find(';'));
  while (given.ends_with(' '))
    given.pop_back();
  if (given == type) return {};
  return fail(ErrorKind::kUnsupportedMediaType, "unsupported-media-type",
              "This path takes " + std::string{type} + ".", "Content-Type");
}

Result<json> json_body(const Api& api, const http::Request& request, const std::string& schema) {
  if (auto typed = require_type(request, "application/json"); !typed) return std::unexpected(typed.error());
  return api.schemas.parse(request.body, schema);
}

std::string owner_of(const http::Request& request) {
  const auto at = request.path_parameters.find("id");
  return at == request.path_parameters.end() ? "" : at->second;
}

http::Response json_response(int status, const json& body) {
  http::Response response;
  response.status = status;
  response.set("Content-Type", "application/json");
  response.set("Cache-Control", "no-store");
  response.body = body.dump();
  return response;
}

http::Response versioned(int status, const json& body, int64_t version, const std::string& location) {
  auto response = json_response(status, body);
  response.set("ETag", etag_of(version));
  if (!location.empty()) response.set("Location", location);
  return response;
}

http::Response no_content() {
  http::Response response;
  response.status = 204;
  return response;
}

http::Response tell_kept(const http::Request& request, const http::Response& answer) {
  const auto known = request.header("if-none-match");
  if (!known) return answer;
  for (const auto& [name, value] : answer.headers) {
    if (name != "ETag" || value != *known) continue;
    http::Response same;
    same.status = 304;
    same.set(name, value);
    return same;
  }
  return answer;
}

std::optional<http::Response> told_before(const Api& api, const auth::Principal& who,
                                          const http::Request& request) {
  const auto kept = api.answers.find(AnswerCache::key(who, request));
  if (!kept) return std::nullopt;
  return tell_kept(request, *kept);
}

Error not_found() {
  return {ErrorKind::kNotFound, "not-found", "There is no such thing.", "", {}, {}};
}

Error deleted() {
  return {
      ErrorKind::kNotFound, "deleted", "It was deleted; POST to its /restore brings it back.", "", {}, {}};
}

Error stale_version() {
  return {ErrorKind::kStale,
          "stale-version",
          "Somebody changed it meanwhile: read it again.",
          "If-Match",
          {},
          {}};
}

// --- lists ---

Result<store::Query> list_query(const http::Request& request, const std::vector<Filter>& filters,
                                const std::vector<std::string>& sorts) {
  store::Query query;
  const auto limit = wanted_limit(request);
  if (!limit) return std::unexpected(limit.error());
  query.limit = *limit;
  query.cursor = request.query_parameter("cursor").value_or("");
  const auto gone = flag(request, "deleted");
  if (!gone) return std::unexpected(gone.error());
  query.where.push_back({"deleted_at", *gone ? "IS NOT NULL" : "IS NULL", {}});
  std::string sort{request.query_parameter("sort").value_or("id")};
  query.descending = sort.starts_with('-');
  query.sort = sort.substr(query.descending ? 1 : 0);
  if (query.sort != "id" && std::ranges::find(sorts, query.sort) == sorts.end())
    return fail(ErrorKind::kInvalid, "invalid-field", "This list is not sorted by that; see the contract.",
                "sort");
  for (const auto& filter : filters) {
    const auto given = request.query_parameter(filter.name);
    if (!given) continue;
    const std::string value{*given};
    switch (filter.how) {
      case Filter::How::kEquals:
        query.where.push_back({filter.column, "=", value});
        break;
      case Filter::How::kHasWord:
        query.where.push_back(
            {std::string("',' || ") + filter.column + " || ','", "LIKE", "%," + value + ",%"});
        break;
      case Filter::How::kBeginsWith:
        query.where.push_back({filter.column, ">=", value});
        query.where.push_back({filter.column, "<", value + "\xf4\x8f\xbf\xbf"});  // the last letter there is
        break;
      case Filter::How::kFrom:
      case Filter::How::kBefore: {
        const auto time = store::parse_rfc3339(value);
        if (!time)
          return fail(ErrorKind::kInvalid, "invalid-field", "This is an RFC 3339 time with offset.",
                      filter.name);
        query.where.push_back(
            {filter.column, filter.how == Filter::How::kFrom ? ">=" : "<", store::to_millis(*time)});
        break;
      }
    }
  }
  return query;
}

Result<json> only_fields(const http::Request& request, json item) {
  const auto wanted = request.query_parameter("fields");
  if (!wanted) return item;
  json some = json::object();
  for (const auto& name : store::split_words(std::string{*wanted})) {
    if (!item.contains(name))
      return fail(ErrorKind::kInvalid, "invalid-field", "fields names members of the answer.", "fields");
    some[name] = item[name];
  }
  return some;
}

// --- many at once ---

Result<BulkOptions> bulk_options(const http::Request& request) {
  const auto per_item = flag(request, "per_item"), dry_run = flag(request, "dry_run");
  if (!per_item) return std::unexpected(per_item.error());
  if (!dry_run) return std::unexpected(dry_run.error());
  return BulkOptions{*per_item, *dry_run};
}

json problem_json(const Error& error) {
  return json::parse(http::problem(error, "").body);
}

Result<http::Response> write_many(soci::session& sql, const json& items, const BulkOptions& options,
                                  const std::function<Result<std::string>(const json&)>& one) {
  json results = json::array();
  size_t refused = 0;
  store::Savepoint whole(sql, "bulk");
  for (const auto& item : items) {
    store::Savepoint part(sql, "item");
    const auto id = one(item);
    if (id) {
      part.keep();
      results.push_back({{"id", options.dry_run ? json(nullptr) : json(*id)}, {"problem", nullptr}});
    } else {
      ++refused;
      results.push_back({{"id", nullptr}, {"problem", problem_json(id.error())}});
    }
  }
  if (refused > 0 && !options.per_item) {
    auto error = Error{ErrorKind::kConflict,
                       "bulk-refused",
                       std::to_string(refused) + " of " + std::to_string(items.size()) +
                           " items cannot be written, so none was; see results.",
                       "/items",
                       {},
                       {}};
    error.extra_json.emplace_back("results", results.dump());
    return std::unexpected(std::move(error));
  }
  if (!options.dry_run) whole.keep();
  return json_response(200, {{"dry_run", options.dry_run},
                             {"written", options.dry_run ? 0 : items.size() - refused},
                             {"refused", refused},
                             {"results", results}});
}

// --- the audit log ---

std::pair<std::string, std::string> difference(const json& before, const json& after) {
  json was = json::object(), is = json::object();
  for (const auto& [name, value] : after.items()) {
    const json old = before.contains(name) ? before[name] : json(nullptr);
    if (old == value) continue;
    was[name] = old;
    is[name] = value;
  }
  return {was.dump(), is.dump()};
}

json audit_json(const auth::AuditEntry& e) {
  const auto state = [](const std::string& text) { return text.empty() ? json(nullptr) : json::parse(text); };
  return {{"seq", e.seq},
          {"at", store::to_rfc3339(store::from_millis(e.at_ms))},
          {"actor", e.actor},
          {"actor_name", e.actor_name},
          {"address", e.address},
          {"action", e.action},
          {"entity", e.entity},
          {"entity_id", e.entity_id},
          {"before", state(e.before)},
          {"after", state(e.after)}};
}

void audit(soci::session& sql, const Asker& asker, const std::string& action, const std::string& entity,
           const std::string& id, const std::string& school, const std::string& before,
           const std::string& after) {
  auth::AuditEntry entry;
  entry.at_ms = asker.now_ms;
  entry.school_id = school;
  entry.actor = asker.who.user ? asker.who.user->value() : asker.who.token_id;
  entry.actor_name = asker.who.name;
  entry.address = asker.address;
  entry.action = action;
  entry.entity = entity;
  entry.entity_id = id;
  entry.before = before;
  entry.after = after;
  auth::append_audit(sql, std::move(entry));
}

// --- who stands how to what ---

namespace {

std::string today_in(soci::session& sql, const std::string& school) {
  const auto row = store::find<roster::School>(sql, school);
  const auto zone = row ? store::TimeZone::find(row->time_zone) : std::nullopt;
  return (zone ? *zone : *store::TimeZone::find("UTC")).day_of(std::chrono::system_clock::now());
}

}  // namespace

auth::Relation relation_to_school(soci::session& sql, const auth::Principal& who, const std::string& school) {
  auth::Relation relation;
  if (!who.user) return relation;
  const auto user = store::find<roster::User>(sql, who.user->value());
  if (!user) return relation;
  relation.own_school = user->school_id == school;
  // Who administers an organisation administers the schools in it.
  if (!relation.own_school && who.role == auth::Role::kAdmin) {
    const auto above = roster::self_and_above(sql, school);
    relation.own_school = std::ranges::find(above, user->school_id) != above.end();
  }
  return relation;
}

auth::Relation relation_to_class(soci::session& sql, const auth::Principal& who, const std::string& school,
                                 const std::string& cls) {
  auth::Relation relation = relation_to_school(sql, who, school);
  if (!who.user || who.role == auth::Role::kAdmin) return relation;
  const std::string day = today_in(sql, school);
  relation.teaches = roster::is_enrolled(sql, cls, who.user->value(), "teacher", day);
  relation.attends = roster::is_enrolled(sql, cls, who.user->value(), "student", day);
  relation.guards =
      who.role == auth::Role::kGuardian && roster::guards_in_class(sql, who.user->value(), cls, day);
  return relation;
}

auth::Relation relation_to_lesson(soci::session& sql, const auth::Principal& who,
                                  const schedule::LessonRecord& lesson) {
  auth::Relation relation = relation_to_class(sql, who, lesson.school.value(), lesson.cls.value());
  relation.joins = who.lesson == lesson.id;
  // Whoever stands in for the class's teacher teaches this lesson.
  relation.teaches = relation.teaches || (who.user && lesson.teacher && *who.user == *lesson.teacher);
  return relation;
}

Result<void> permit_in_school(soci::session& sql, const auth::Principal& who, const std::string& school,
                              bool write) {
  const auto row = store::find<roster::School>(sql, school);
  if (auto may = auth::permit(who, write ? auth::Action::kManageSchool : auth::Action::kReadSchool,
                              relation_to_school(sql, who, school));
      !may)
    return may;
  if (!row) return std::unexpected(not_found());
  if (row->deleted_at) return std::unexpected(deleted());
  return {};
}

}  // namespace thranio::api
