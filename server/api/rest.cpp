#include "server/api/rest.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

namespace thranio::api {

boost::asio::awaitable<Result<auth::Principal>> authenticate(const Api& api, const http::Request& request) {
  std::string bearer{request.header("authorization").value_or("")};
  constexpr std::string_view kScheme = "Bearer ";
  bearer = bearer.starts_with(kScheme) ? bearer.substr(kScheme.size()) : "";
  co_return co_await api.tokens.authenticate(std::move(bearer));
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

Result<nlohmann::json> json_body(const Api& api, const http::Request& request, const std::string& schema) {
  if (auto typed = require_type(request, "application/json"); !typed) return std::unexpected(typed.error());
  return api.schemas.parse(request.body, schema);
}

Result<int64_t> wanted_version(const http::Request& request) {
  const auto header = request.header("if-match");
  if (!header)
    return fail(ErrorKind::kPreconditionRequired, "version-required",
                "Send the ETag of the last answer as If-Match.", "If-Match");
  int64_t version = 0;
  const std::string_view text = *header;
  if (text.size() > 2 && text.front() == '"' && text.back() == '"') {
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size() - 1, version);
    if (error == std::errc{} && end == text.data() + text.size() - 1) return version;
  }
  return fail(ErrorKind::kInvalid, "invalid-version", "If-Match is no ETag of this server.", "If-Match");
}

Result<roster::Page> wanted_page(const http::Request& request) {
  roster::Page page;
  page.after = request.query_parameter("cursor").value_or("");
  const auto limit = request.query_parameter("limit");
  if (!limit) return page;
  const auto [end, error] = std::from_chars(limit->data(), limit->data() + limit->size(), page.limit);
  if (error != std::errc{} || end != limit->data() + limit->size() || page.limit < 1 || page.limit > 200)
    return fail(ErrorKind::kInvalid, "invalid-field", "limit is a number from 1 to 200.", "limit");
  return page;
}

http::Response json_response(int status, const nlohmann::json& body) {
  http::Response response;
  response.status = status;
  response.set("Content-Type", "application/json");
  response.set("Cache-Control", "no-store");
  response.body = body.dump();
  return response;
}

http::Response versioned(int status, const nlohmann::json& body, int64_t version,
                         const std::string& location) {
  auto response = json_response(status, body);
  response.set("ETag", "\"" + std::to_string(version) + "\"");
  if (!location.empty()) response.set("Location", location);
  return response;
}

Error not_found() {
  return {ErrorKind::kNotFound, "not-found", "There is no such thing.", "", {}};
}

Error stale_version() {
  return {
      ErrorKind::kStale, "stale-version", "Somebody changed it meanwhile: read it again.", "If-Match", {}};
}

auth::Relation relation_to_school(soci::session& sql, const auth::Principal& who, const std::string& school) {
  auth::Relation relation;
  if (!who.user) return relation;
  const auto user = roster::find_user(sql, who.user->value());
  relation.own_school = user && user->school_id == school;
  return relation;
}

auth::Relation relation_to_class(soci::session& sql, const auth::Principal& who, const std::string& school,
                                 const std::string& cls) {
  auth::Relation relation = relation_to_school(sql, who, school);
  if (!who.user) return relation;
  relation.teaches = roster::is_enrolled(sql, cls, who.user->value(), "teacher");
  relation.attends = roster::is_enrolled(sql, cls, who.user->value(), "student");
  return relation;
}

auth::Relation relation_to_lesson(soci::session& sql, const auth::Principal& who,
                                  const schedule::LessonRecord& lesson) {
  auth::Relation relation = relation_to_class(sql, who, lesson.school.value(), lesson.cls.value());
  relation.joins = who.lesson == lesson.id;
  return relation;
}

}  // namespace thranio::api
