#include "server/api/idempotency_store.hpp"

#include "server/auth/tokens.hpp"
#include "server/store/table.hpp"

namespace thranio::api {
namespace {

constexpr int64_t kKeptMs = 24LL * 3600 * 1000;
constexpr size_t kLongestKey = 255;

std::string header_of(const http::Response& response, std::string_view wanted) {
  for (const auto& [name, value] : response.headers)
    if (name == wanted) return value;
  return {};
}

}  // namespace

Result<RequestName> request_name(const http::Request& request, const std::string& token_id, int64_t now_ms) {
  const auto key = request.header("idempotency-key");
  if (!key) return RequestName{};
  if (key->empty() || key->size() > kLongestKey)
    return fail(ErrorKind::kInvalid, "invalid-field", "An Idempotency-Key has 1 to 255 letters.",
                "Idempotency-Key");
  std::string what = std::string{to_string(request.method)} + " " + request.path + "\n";
  for (const auto& [name, value] : request.query)
    what += name + "=" + value + "\n";
  return RequestName{token_id, std::string{*key}, auth::sha256(what + request.body), now_ms};
}

Result<std::optional<http::Response>> answer_before(soci::session& sql, const RequestName& name) {
  const auto rows = store::ask(sql,
                               "SELECT request, status, location, etag, body FROM idempotency_keys "
                               "WHERE token_id = :token AND key = :key AND created_at > :since",
                               {name.token_id, name.key, name.now_ms - kKeptMs});
  if (rows.empty()) return std::nullopt;
  const auto text = [&](size_t i) { return std::get<std::string>(rows[0][i]); };
  if (text(0) != name.fingerprint)
    return fail(ErrorKind::kConflict, "idempotency-key-reused",
                "This Idempotency-Key was used for another request; take a new one.", "Idempotency-Key");
  http::Response response;
  response.status = static_cast<int>(std::get<int64_t>(rows[0][1]));
  response.set("Content-Type", "application/json");
  response.set("Cache-Control", "no-store");
  if (!text(2).empty()) response.set("Location", text(2));
  if (!text(3).empty()) response.set("ETag", text(3));
  response.body = text(4);
  return response;
}

void forget_answers(soci::session& sql, const std::string& id) {
  store::run(sql, "DELETE FROM idempotency_keys WHERE instr(body, :id) > 0", {id});
}

void keep_answer(soci::session& sql, const RequestName& name, const http::Response& answer) {
  store::run(sql, "DELETE FROM idempotency_keys WHERE created_at <= :until", {name.now_ms - kKeptMs});
  store::run(
      sql,
      "INSERT INTO idempotency_keys (token_id, key, request, status, location, etag, body, created_at) "
      "VALUES (:token, :key, :request, :status, :location, :etag, :body, :at)",
      {name.token_id, name.key, name.fingerprint, int64_t{answer.status}, header_of(answer, "Location"),
       header_of(answer, "ETag"), answer.body, name.now_ms});
}

}  // namespace thranio::api
