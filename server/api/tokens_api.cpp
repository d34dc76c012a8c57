#include <algorithm>

#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/auth/token_store.hpp"
#include "server/store/times.hpp"

namespace thranio::api {
namespace {

// Whoever may change the school that the user belongs to hands out and revokes tokens; those of nobody are
// the server admin's. Never for more than the one who asks may herself.
Result<void> permit_tokens(soci::session& sql, const auth::Principal& who, const std::string& user) {
  if (user.empty()) {
    if (who.user) return fail(ErrorKind::kForbidden, "not-allowed", "Only the server's admin may do this.");
    return auth::permit(who, auth::Action::kManageSchool, {});
  }
  const auto row = store::find<roster::User>(sql, user);
  if (!row || row->deleted_at)
    return who.user ? fail(ErrorKind::kForbidden, "not-allowed", "This user is not in your school.")
                    : fail(ErrorKind::kInvalid, "invalid-field", "There is no such user.", "/user_id");
  if (auto may = auth::permit(who, auth::Action::kManageSchool, relation_to_school(sql, who, row->school_id));
      !may)
    return may;
  return {};
}

Result<auth::NewToken> new_token(soci::session& sql, const auth::Principal& who, const nlohmann::json& body) {
  auth::NewToken token;
  token.role = *auth::role_of(body["role"].get<std::string>());
  auto name = words_in(body, "name");
  if (!name) return std::unexpected(name.error());
  token.name = std::move(*name);
  token.scopes = body.value("scopes", std::vector<std::string>{});
  if (body.contains("expires_at")) {
    const auto time = store::parse_rfc3339(body["expires_at"].get<std::string>());
    if (!time || *time <= std::chrono::system_clock::now())
      return fail(ErrorKind::kInvalid, "invalid-field", "expires_at is an RFC 3339 time in the future.",
                  "/expires_at");
    token.expires_at = *time;
  }
  const std::string user = body.value("user_id", "");
  if (user.empty() && token.role != auth::Role::kAdmin)
    return fail(ErrorKind::kInvalid, "invalid-field", "A teacher's or student's token belongs to a user.",
                "/user_id");
  if (auto may = permit_tokens(sql, who, user); !may) return std::unexpected(may.error());
  for (const auto& scope : who.scopes)  // a token made for less makes none for more
    if (token.scopes.empty()) token.scopes.push_back(scope);
  for (const auto& scope : token.scopes)
    if (!who.scopes.empty() && std::ranges::find(who.scopes, scope) == who.scopes.end())
      return fail(ErrorKind::kForbidden, "scope-missing",
                  "Your own token was made without the scope " + scope + ".");
  if (!user.empty()) token.user = UserId{user};
  return token;
}

Answer create_token(const Api& api, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  const auto body = json_body(api, request, "NewToken");
  if (!body) co_return std::unexpected(body.error());
  auto check = [asker = *asker, body = *body](soci::session& sql) -> Result<auth::NewToken> {
    auto token = new_token(sql, asker.who, body);
    if (token && token->user)
      audit(sql, asker, "create", "Token", token->user->value(),
            store::find<roster::User>(sql, token->user->value())->school_id, "",
            nlohmann::json{{"role", body["role"]}, {"name", token->name}, {"scopes", token->scopes}}.dump());
    return token;
  };
  auto token = co_await api.database.write(std::move(check));
  if (!token) co_return std::unexpected(token.error());
  const auto issued = co_await api.tokens.issue(std::move(*token));
  if (!issued) co_return std::unexpected(issued.error());
  co_return json_response(201, {{"id", issued->id}, {"token", issued->text}});
}

Answer list_tokens(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  auto task = [who = *who,
               school = request.path_parameter("id")](soci::session& sql) -> Result<http::Response> {
    if (auto may = permit_in_school(sql, who, school, true); !may) return std::unexpected(may.error());
    nlohmann::json items = nlohmann::json::array();
    for (const auto& token : auth::tokens_of_school(sql, school)) {
      nlohmann::json expires = nullptr;
      if (token.expires_at) expires = store::to_rfc3339(store::from_millis(*token.expires_at));
      items.push_back({{"id", token.id},
                       {"role", token.role},
                       {"user_id", token.user_id},
                       {"name", token.name},
                       {"scopes", token.scopes},
                       {"created_at", store::to_rfc3339(store::from_millis(token.created_at))},
                       {"expires_at", expires}});
    }
    return json_response(200, {{"items", items}, {"next_cursor", nullptr}});
  };
  co_return co_await api.database.read(std::move(task));
}

Answer revoke_token(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  auto task = [who = *who, id = request.path_parameter("id")](soci::session& sql) -> Result<bool> {
    const auto user = auth::user_of_token(sql, id);
    // Whoever asks may be told that hers is not there, and nothing of anybody else's.
    if (!user && who.user) return std::unexpected(not_found());
    if (auto may = permit_tokens(sql, who, user.value_or("")); !may) return std::unexpected(may.error());
    if (!auth::delete_token(sql, id)) return std::unexpected(not_found());
    return true;
  };
  const auto revoked = co_await api.database.write(std::move(task));
  if (!revoked) co_return std::unexpected(revoked.error());
  co_return no_content();
}

// A page that holds a join link's token learns from this what to show.
Answer who_am_i(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  nlohmann::json body{{"role", to_string(who->role)}, {"name", who->name}};
  if (who->user) body["user_id"] = who->user->value();
  if (who->lesson) body["lesson_id"] = who->lesson->value();
  co_return json_response(200, body);
}

}  // namespace

std::vector<http::Route> token_routes(const Api& api) {
  using http::Method;
  return {
      {Method::kGet, "/api/v1/me", [&api](http::Request q) { return who_am_i(api, std::move(q)); }},
      {Method::kPost, "/api/v1/tokens", [&api](http::Request q) { return create_token(api, std::move(q)); }},
      {Method::kGet, "/api/v1/schools/{id}/tokens",
       [&api](http::Request q) { return list_tokens(api, std::move(q)); }},
      {Method::kDelete, "/api/v1/tokens/{id}",
       [&api](http::Request q) { return revoke_token(api, std::move(q)); }}};
}

}  // namespace thranio::api
