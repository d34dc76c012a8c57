// What every *_api shares: who asks, what she sends, how an answer is written (beside the body: query).
// Way: router → *_api → [rest] → domain. Thread: io; what takes a session: db.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include "server/api/answer_cache.hpp"
#include "server/api/idempotency_store.hpp"
#include "server/api/query.hpp"
#include "server/api/schemas.hpp"
#include "server/auth/permissions.hpp"
#include "server/auth/tokens.hpp"
#include "server/http/message.hpp"
#include "server/http/router.hpp"
#include "server/mail/mailer.hpp"
#include "server/roster/roster_store.hpp"
#include "server/schedule/timetable_store.hpp"
#include "server/store/database.hpp"

namespace thranio::api {

constexpr size_t kMaxBulkBytes = 8 * 1024 * 1024;

// The parts that handlers need; all outlive the router.
struct Api {
  store::Database& database;
  auth::Tokens& tokens;
  const Schemas& schemas;
  AnswerCache& answers;
  mail::Mailer& mailer;
};

using Answer = boost::asio::awaitable<Result<http::Response>>;

// Who wants something, from where and when: what permissions and the audit log ask.
struct Asker {
  auth::Principal who;
  std::string address;
  int64_t now_ms = 0;
};

// The bearer token's principal. Errors: token-missing, token-invalid.
boost::asio::awaitable<Result<auth::Principal>> authenticate(const Api& api, const http::Request& request);
boost::asio::awaitable<Result<Asker>> ask_who(const Api& api, const http::Request& request);

// Errors: unsupported-media-type, invalid-json, invalid-field.
Result<nlohmann::json> json_body(const Api& api, const http::Request& request, const std::string& schema);
// Error: unsupported-media-type.
Result<void> require_type(const http::Request& request, std::string_view type);
// The id in the path that the collection belongs to, or "".
std::string owner_of(const http::Request& request);

http::Response json_response(int status, const nlohmann::json& body);
http::Response versioned(int status, const nlohmann::json& body, int64_t version,
                         const std::string& location = {});
http::Response no_content();
Error not_found();
Error deleted();
Error stale_version();

// What was told before, if it is what would be told now; 304 for whoever has it already (If-None-Match).
std::optional<http::Response> told_before(const Api& api, const auth::Principal& who,
                                          const http::Request& request);
http::Response tell_kept(const http::Request& request, const http::Response& answer);

// A read whose answer depends on the database, on who asks, on what she asks for and on the day, and on
// nothing else: no lesson in memory. Ask told_before() first.
template <typename Task>
Answer read_and_keep(const Api& api, const auth::Principal& who, const http::Request& request, Task task) {
  store::Sight sight;
  const auto answer = co_await api.database.read(std::move(task), &sight);
  if (!answer) co_return std::unexpected(answer.error());
  api.answers.keep(AnswerCache::key(who, request), *answer, sight);
  co_return tell_kept(request, *answer);
}

struct BulkOptions {
  bool per_item = false, dry_run = false;
};
Result<BulkOptions> bulk_options(const http::Request& request);
// Writes each item by `one`, which answers with its id. Error: bulk-refused, with every item's result, if one
// of them cannot be written and per_item was not asked for.
Result<http::Response> write_many(soci::session& sql, const nlohmann::json& items, const BulkOptions& options,
                                  const std::function<Result<std::string>(const nlohmann::json&)>& one);

// A write that a client may repeat without harm if it names it (Idempotency-Key,
// draft-ietf-httpapi-idempotency-key-header): the second time the first answer is given again. Errors:
// idempotency-key-reused, and the task's.
template <typename Task>
Answer write_once(const Api& api, const Asker& asker, const http::Request& request, Task task) {
  const auto name = request_name(request, asker.who.token_id, asker.now_ms);
  if (!name) co_return std::unexpected(name.error());
  auto once = [name = *name, task = std::move(task)](soci::session& sql) mutable -> Result<http::Response> {
    if (name.key.empty()) return task(sql);
    auto before = answer_before(sql, name);
    if (!before) return std::unexpected(before.error());
    if (*before) return std::move(**before);
    auto answer = task(sql);
    if (answer) keep_answer(sql, name, *answer);
    return answer;
  };
  co_return co_await api.database.write(std::move(once));
}

auth::Relation relation_to_school(soci::session& sql, const auth::Principal& who, const std::string& school);
auth::Relation relation_to_class(soci::session& sql, const auth::Principal& who, const std::string& school,
                                 const std::string& cls);
auth::Relation relation_to_lesson(soci::session& sql, const auth::Principal& who,
                                  const schedule::LessonRecord& lesson);

// May `who` read or write what belongs to the school? Errors: not-found, not-allowed.
Result<void> permit_in_school(soci::session& sql, const auth::Principal& who, const std::string& school,
                              bool write);

}  // namespace thranio::api
