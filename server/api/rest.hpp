// What every *_api shares: who asks, what she sends, which version she means, how an answer is written.
// Way: router → *_api → [rest] → domain. Thread: io; relation_to_*: db.
#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include "server/api/schemas.hpp"
#include "server/auth/permissions.hpp"
#include "server/auth/tokens.hpp"
#include "server/http/message.hpp"
#include "server/http/router.hpp"
#include "server/roster/roster_store.hpp"
#include "server/schedule/lesson_record.hpp"
#include "server/store/database.hpp"

namespace thranio::api {

// The parts that handlers need; all outlive the router.
struct Api {
  store::Database& database;
  auth::Tokens& tokens;
  const Schemas& schemas;
};

using Answer = boost::asio::awaitable<Result<http::Response>>;

// The bearer token's principal. Errors: token-missing, token-invalid.
boost::asio::awaitable<Result<auth::Principal>> authenticate(const Api& api, const http::Request& request);

// Errors: unsupported-media-type, invalid-json, invalid-field.
Result<nlohmann::json> json_body(const Api& api, const http::Request& request, const std::string& schema);
// Error: unsupported-media-type.
Result<void> require_type(const http::Request& request, std::string_view type);
// If-Match. Errors: version-required, invalid-version.
Result<int64_t> wanted_version(const http::Request& request);
// cursor and limit. Error: invalid-field.
Result<roster::Page> wanted_page(const http::Request& request);

http::Response json_response(int status, const nlohmann::json& body);
http::Response versioned(int status, const nlohmann::json& body, int64_t version,
                         const std::string& location = {});
Error not_found();
Error stale_version();

auth::Relation relation_to_school(soci::session& sql, const auth::Principal& who, const std::string& school);
auth::Relation relation_to_class(soci::session& sql, const auth::Principal& who, const std::string& school,
                                 const std::string& cls);
auth::Relation relation_to_lesson(soci::session& sql, const auth::Principal& who,
                                  const schedule::LessonRecord& lesson);

}  // namespace thranio::api
