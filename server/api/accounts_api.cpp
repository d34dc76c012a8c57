#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include "server/api/resource.hpp"
#include "server/api/routes.hpp"
#include "server/auth/account_store.hpp"
#include "server/auth/attempts.hpp"
#include "server/auth/password.hpp"
#include "server/store/times.hpp"

// Signing in: passwords, the links that let somebody set one, sessions.
namespace thranio::api {
namespace {

using auth::Account;
using nlohmann::json;

constexpr auto kSessionLasts = std::chrono::hours(12);  // a school day, and the evening
constexpr auto kInvitationLasts = std::chrono::days(14);

struct Accounts {
  auth::PasswordWorker worker;
  auth::Attempts attempts;
  auth::Attempts resets;
};

// What a person signs in as, if she does not say: the most that she is.
auth::Role role_of(const Account& account, const std::string& wanted) {
  for (const auto role :
       {auth::Role::kAdmin, auth::Role::kTeacher, auth::Role::kStudent, auth::Role::kGuardian}) {
    const std::string name{to_string(role)};
    if (!wanted.empty() && name != wanted) continue;
    if (std::ranges::find(account.roles, name) != account.roles.end()) return role;
  }
  return auth::Role::kGuest;
}

Answer open_session(const Api& api, Asker asker, Account account, auth::Role role) {
  auth::NewToken token;
  token.role = role;
  token.user = UserId{account.user_id};
  token.kind = auth::TokenKind::kSession;
  token.expires_at = std::chrono::system_clock::now() + kSessionLasts;
  const auto expires = *token.expires_at;
  const auto issued = co_await api.tokens.issue(std::move(token));
  if (!issued) co_return std::unexpected(issued.error());
  auto task = [asker, account](soci::session& sql) mutable -> Result<bool> {
    asker.who.user = UserId{account.user_id};
    asker.who.name = account.name;
    audit(sql, asker, "sign-in", "User", account.user_id, account.school_id, "", "");
    return true;
  };
  if (const auto noted = co_await api.database.write(std::move(task)); !noted)
    co_return std::unexpected(noted.error());
  co_return json_response(201, {{"id", issued->id},
                                {"token", issued->text},
                                {"expires_at", store::to_rfc3339(expires)},
                                {"user_id", account.user_id},
                                {"school_id", account.school_id},
                                {"name", account.name},
                                {"role", to_string(role)},
                                {"roles", account.roles}});
}

Error too_many(std::chrono::seconds wait) {
  Error error{ErrorKind::kTooMany,
              "too-many-attempts",
              "Too many tries to sign in; wait " + std::to_string(wait.count()) + " seconds.",
              "",
              {}};
  error.extra_json.emplace_back("retry_after_seconds", std::to_string(wait.count()));
  return error;
}

Answer sign_in(const Api& api, Accounts& accounts, http::Request request) {
  const auto body = json_body(api, request, "SignIn");
  if (!body) co_return std::unexpected(body.error());
  const std::string login = (*body)["login"], password = (*body)["password"],
                    wanted = body->value("role", "");
  const auto now = std::chrono::steady_clock::now();
  if (const auto wait = accounts.attempts.wait(login, request.remote_address, now))
    co_return std::unexpected(too_many(*wait));
  auto task = [login](soci::session& sql) -> Result<std::vector<Account>> {
    return auth::accounts_by_login(sql, login);
  };
  auto found = co_await api.database.read(std::move(task));
  if (!found) co_return std::unexpected(found.error());
  if (found->empty()) found->emplace_back();  // the wrong name takes as long as the wrong password
  for (size_t i = 0; i < found->size(); ++i) {
    auto hash = (*found)[i].hash;
    const auto right = co_await accounts.worker.verify(std::move(hash), password);
    if (!right) co_return std::unexpected(right.error());
    if (!*right) continue;
    accounts.attempts.succeeded(login);
    const auto role = role_of((*found)[i], wanted);
    if (role == auth::Role::kGuest)
      co_return fail(ErrorKind::kForbidden, "not-allowed", "This person has no such role.", "/role");
    Asker asker{{}, request.remote_address, store::to_millis(std::chrono::system_clock::now())};
    Account account = (*found)[i];
    co_return co_await open_session(api, std::move(asker), std::move(account), role);
  }
  accounts.attempts.failed(login, request.remote_address, now);
  co_return fail(ErrorKind::kUnauthenticated, "sign-in-failed", "The name or the password is wrong.");
}

Answer sign_out(const Api& api, http::Request request) {
  const auto who = co_await authenticate(api, request);
  if (!who) co_return std::unexpected(who.error());
  const auto revoked = co_await api.tokens.revoke(who->token_id);
  if (!revoked) co_return std::unexpected(revoked.error());
  co_return no_content();
}

struct Invitation {
  std::string url, expires_at, email, name;
};

// A link for a new person, or for one who forgot: whoever holds it sets the password once.
Invitation invitation_for(soci::session& sql, const Asker& asker, const roster::User& user,
                          const std::string& origin) {
  const std::string secret = auth::random_text();
  const auto ends = store::from_millis(asker.now_ms) + kInvitationLasts;
  auth::delete_invitations(sql, user.id);  // the last link counts
  auth::insert_invitation(sql, store::new_id("n"), auth::sha256(secret), user.id, asker.now_ms,
                          store::to_millis(ends));
  audit(sql, asker, "invite", "User", user.id, user.school_id, "", "");
  return {origin + "/welcome#" + secret, store::to_rfc3339(ends), user.email,
          user.given_name + " " + user.family_name};
}

mail::Letter letter_of(const Invitation& invitation) {
  return {invitation.email, "Your school account · Ο λογαριασμός σας",
          invitation.name +
              ",\n\nwith this link you set a password and come in. It works once, for two weeks:\n"
              "με αυτόν τον σύνδεσμο ορίζετε κωδικό και μπαίνετε. Ισχύει μία φορά, για δύο εβδομάδες:\n\n" +
              invitation.url + "\n"};
}

// By mail where there is a relay and an address, and it is taken; else shown to whoever asked for it.
Answer invite(const Api& api, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  auto task = [asker = *asker, id = request.path_parameter("id"),
               origin = request.origin](soci::session& sql) -> Result<Invitation> {
    const auto user = store::find<roster::User>(sql, id);
    if (!user || user->deleted_at) return std::unexpected(not_found());
    if (auto may = permit_in_school(sql, asker.who, user->school_id, true); !may)
      return std::unexpected(may.error());
    return invitation_for(sql, asker, *user, origin);
  };
  const auto made = co_await api.database.write(std::move(task));
  if (!made) co_return std::unexpected(made.error());
  bool mailed = false;
  if (api.mailer.has_relay() && !made->email.empty()) {
    auto letter = letter_of(*made);
    mailed = (co_await api.mailer.send(std::move(letter))).has_value();
  }
  co_return json_response(201, {{"url", mailed ? json(nullptr) : json(made->url)},
                                {"mailed_to", mailed ? json(made->email) : json(nullptr)},
                                {"expires_at", made->expires_at}});
}

// Whoever forgot her password asks for a link by mail. The answer is the same for everybody: it does not tell
// who has an account. The letter goes out after it.
Answer request_reset(const Api& api, Accounts& accounts, http::Request request) {
  const auto body = json_body(api, request, "PasswordReset");
  if (!body) co_return std::unexpected(body.error());
  const std::string login = (*body)["login"];
  const auto now = std::chrono::steady_clock::now();
  if (const auto wait = accounts.resets.wait(login, request.remote_address, now))
    co_return std::unexpected(too_many(*wait));
  accounts.resets.failed(login, request.remote_address, now);
  if (api.mailer.has_relay()) {
    Asker asker{{}, request.remote_address, store::to_millis(std::chrono::system_clock::now())};
    asker.who.name = "password reset";
    auto task = [asker, login,
                 origin = request.origin](soci::session& sql) -> Result<std::vector<Invitation>> {
      std::vector<Invitation> made;
      for (const auto& account : auth::accounts_by_login(sql, login))
        if (const auto user = store::find<roster::User>(sql, account.user_id); user && !user->email.empty())
          made.push_back(invitation_for(sql, asker, *user, origin));
      return made;
    };
    auto made = co_await api.database.write(std::move(task));
    if (!made) co_return std::unexpected(made.error());
    auto later = [](mail::Mailer& mailer,
                    std::vector<Invitation> invitations) -> boost::asio::awaitable<void> {
      for (size_t i = 0; i < invitations.size(); ++i) {
        auto letter = letter_of(invitations[i]);
        (void)co_await mailer.send(std::move(letter));  // what fails is in the log
      }
    }(api.mailer, std::move(*made));
    boost::asio::co_spawn(co_await boost::asio::this_coro::executor, std::move(later), boost::asio::detached);
  }
  co_return json_response(202, {{"by_mail", api.mailer.has_relay()}});
}

Answer redeem(const Api& api, Accounts& accounts, http::Request request) {
  const auto body = json_body(api, request, "Redemption");
  if (!body) co_return std::unexpected(body.error());
  const std::string secret_hash = auth::sha256((*body)["token"]);
  const int64_t now_ms = store::to_millis(std::chrono::system_clock::now());
  auto look = [secret_hash, now_ms](soci::session& sql) -> Result<Account> {
    const auto user = auth::user_invited_by(sql, secret_hash, now_ms);
    const auto account = user ? auth::account_of(sql, *user) : std::nullopt;
    if (!account)
      return fail(ErrorKind::kUnauthenticated, "invitation-invalid",
                  "This link was used or has expired; ask the school for a new one.");
    return *account;
  };
  auto account = co_await api.database.read(std::move(look));
  if (!account) co_return std::unexpected(account.error());
  if (auto good = auth::check_password((*body)["password"], account->login); !good)
    co_return std::unexpected(good.error());
  std::string password = (*body)["password"];
  const auto hash = co_await accounts.worker.hash(std::move(password));
  if (!hash) co_return std::unexpected(hash.error());
  Asker asker{{}, request.remote_address, now_ms};
  asker.who.user = UserId{account->user_id};
  asker.who.name = account->name;
  auto keep = [asker, secret_hash, account = *account, hash = *hash](soci::session& sql) -> Result<bool> {
    if (!auth::user_invited_by(sql, secret_hash, asker.now_ms))  // two at once: the first counts
      return fail(ErrorKind::kUnauthenticated, "invitation-invalid", "This link was used already.");
    auth::delete_invitations(sql, account.user_id);
    auth::set_password(sql, account.user_id, hash, asker.now_ms);
    audit(sql, asker, "set-password", "User", account.user_id, account.school_id, "", "");
    return true;
  };
  if (const auto kept = co_await api.database.write(std::move(keep)); !kept)
    co_return std::unexpected(kept.error());
  const auto role = role_of(*account, "");
  co_return co_await open_session(api, std::move(asker), std::move(*account), role);
}

Answer change_password(const Api& api, Accounts& accounts, http::Request request) {
  const auto asker = co_await ask_who(api, request);
  if (!asker) co_return std::unexpected(asker.error());
  const auto body = json_body(api, request, "ChangePassword");
  if (!body) co_return std::unexpected(body.error());
  if (!asker->who.user || asker->who.lesson)
    co_return fail(ErrorKind::kForbidden, "not-allowed", "Only a person has a password.");
  const std::string user = asker->who.user->value();
  const auto now = std::chrono::steady_clock::now();
  if (const auto wait = accounts.attempts.wait(user, request.remote_address, now))
    co_return std::unexpected(too_many(*wait));
  auto look = [user](soci::session& sql) -> Result<std::optional<Account>> {
    return auth::account_of(sql, user);
  };
  const auto account = co_await api.database.read(std::move(look));
  if (!account) co_return std::unexpected(account.error());
  auto old_hash = *account ? (*account)->hash : std::nullopt;
  std::string current = (*body)["current"];
  const auto right = co_await accounts.worker.verify(std::move(old_hash), std::move(current));
  if (!right) co_return std::unexpected(right.error());
  if (!*right) {
    accounts.attempts.failed(user, request.remote_address, now);
    co_return fail(ErrorKind::kForbidden, "wrong-password", "The present password is another one.",
                   "/current");
  }
  if (auto good = auth::check_password((*body)["password"], (*account)->login); !good)
    co_return std::unexpected(good.error());
  std::string password = (*body)["password"];
  const auto hash = co_await accounts.worker.hash(std::move(password));
  if (!hash) co_return std::unexpected(hash.error());
  auto keep = [asker = *asker, account = **account, hash = *hash](soci::session& sql) -> Result<bool> {
    auth::set_password(sql, account.user_id, hash, asker.now_ms);
    audit(sql, asker, "set-password", "User", account.user_id, account.school_id, "", "");
    return true;
  };
  if (const auto kept = co_await api.database.write(std::move(keep)); !kept)
    co_return std::unexpected(kept.error());
  co_return no_content();
}

}  // namespace

std::vector<http::Route> account_routes(const Api& api) {
  using http::Method;
  const auto accounts = std::make_shared<Accounts>();
  return {
      {Method::kPost, "/api/v1/sessions",
       [&api, accounts](http::Request q) { return sign_in(api, *accounts, std::move(q)); }},
      {Method::kDelete, "/api/v1/sessions/current",
       [&api](http::Request q) { return sign_out(api, std::move(q)); }},
      {Method::kPost, "/api/v1/users/{id}/invitations",
       [&api](http::Request q) { return invite(api, std::move(q)); }},
      {Method::kPost, "/api/v1/invitations/redeem",
       [&api, accounts](http::Request q) { return redeem(api, *accounts, std::move(q)); }},
      {Method::kPost, "/api/v1/password-resets",
       [&api, accounts](http::Request q) { return request_reset(api, *accounts, std::move(q)); }},
      {Method::kPost, "/api/v1/me/password",
       [&api, accounts](http::Request q) { return change_password(api, *accounts, std::move(q)); }},
  };
}

}  // namespace thranio::api
