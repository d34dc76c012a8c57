#include <nlohmann/json.hpp>

#include "server/api/routes.hpp"

namespace thranio::api {
namespace {

// Only the server's admin hands out and revokes API tokens.
Result<void> permit_tokens(const auth::Principal& who) {
  if (who.user) return fail(ErrorKind::kForbidden, "not-allowed", "Only the server's admin may do this.");
  return auth::permit(who, auth::Action::kManageSchool, {});
}

Answer create_token(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  if (auto may = permit_tokens(*who); !may) co_return std::unexpected(may.error());
  const auto body = json_body(api, request, "NewToken");
  if (!body) co_return std::unexpected(body.error());
  auth::NewToken token;
  token.role = *auth::role_of((*body)["role"].get<std::string>());
  token.name = body->value("name", "");
  const std::string user_id = body->value("user_id", "");
  if (user_id.empty() && token.role != auth::Role::kAdmin)
    co_return fail(ErrorKind::kInvalid, "invalid-field", "A teacher's or student's token belongs to a user.",
                   "/user_id");
  if (!user_id.empty()) {
    auto task = [user_id](soci::session& sql) -> Result<std::optional<roster::User>> {
      return store::find<roster::User>(sql, user_id);
    };
    const auto user = co_await api.database.read(std::move(task));
    if (!user) co_return std::unexpected(user.error());
    if (!*user) co_return fail(ErrorKind::kInvalid, "invalid-field", "There is no such user.", "/user_id");
    token.user = UserId{user_id};
  }
  const auto issued = co_await api.tokens.issue(std::move(token));
  if (!issued) co_return std::unexpected(issued.error());
  co_return json_response(201, {{"id", issued->id}, {"token", issued->text}});
}

Answer revoke_token(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  if (auto may = permit_tokens(*who); !may) co_return std::unexpected(may.error());
  const auto revoked = co_await api.tokens.revoke(request.path_parameter("id"));
  if (!revoked) co_return std::unexpected(revoked.error());
  http::Response response;
  response.status = 204;
  co_return response;
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
      {Method::kDelete, "/api/v1/tokens/{id}",
       [&api](http::Request q) { return revoke_token(api, std::move(q)); }}};
}

}  // namespace thranio::api
