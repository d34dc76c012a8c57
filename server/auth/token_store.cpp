#include "server/auth/token_store.hpp"

#include <soci/soci.h>

#include "server/store/table.hpp"
#include "server/store/times.hpp"

namespace thranio::auth {
namespace {

soci::indicator set_if(bool present) {
  return present ? soci::i_ok : soci::i_null;
}

}  // namespace

void insert_token(soci::session& sql, const std::string& id, const std::string& hash, const NewToken& token,
                  int64_t now_ms) {
  const std::string role{to_string(token.role)};
  const std::string user = token.user ? token.user->value() : "";
  const std::string lesson = token.lesson ? token.lesson->value() : "";
  const long long expires = token.expires_at ? store::to_millis(*token.expires_at) : 0;
  const long long created = now_ms;
  const std::string scopes = store::join_words(token.scopes);
  const std::string kind = token.kind == TokenKind::kSession ? "session" : "api";
  auto has_user = set_if(token.user.has_value());
  auto has_lesson = set_if(token.lesson.has_value());
  auto has_end = set_if(token.expires_at.has_value());
  sql << "INSERT INTO tokens (id, hash, role, user_id, lesson_id, name, created_at, expires_at, scopes, "
         "kind) "
         "VALUES (:id, :hash, :role, :user_id, :lesson_id, :name, :created_at, :expires_at, :scopes, :kind)",
      soci::use(id), soci::use(hash), soci::use(role), soci::use(user, has_user),
      soci::use(lesson, has_lesson), soci::use(token.name), soci::use(created), soci::use(expires, has_end),
      soci::use(scopes), soci::use(kind);
}

std::optional<Principal> principal_by_hash(soci::session& sql, const std::string& hash, int64_t now_ms) {
  // A token of somebody who is gone, or may no longer come in, opens nothing.
  const auto rows = store::ask(
      sql,
      "SELECT t.id, t.role, t.user_id, t.lesson_id, t.name, u.given_name, u.family_name, t.scopes, "
      "t.expires_at "
      "FROM tokens t LEFT JOIN users u ON u.id = t.user_id "
      "WHERE t.hash = :hash AND (t.expires_at IS NULL OR t.expires_at > :now) "
      "AND (t.user_id IS NULL OR (u.enabled = 1 AND u.deleted_at IS NULL))",
      {hash, now_ms});
  if (rows.empty()) return std::nullopt;
  const auto& row = rows.front();
  const auto text = [&](size_t i) { return std::get<std::string>(row[i]); };
  const auto is_there = [&](size_t i) { return row[i].index() != 0; };
  Principal principal;
  principal.token_id = text(0);
  principal.role = role_of(text(1)).value_or(Role::kGuest);
  if (is_there(2)) principal.user = UserId{text(2)};
  if (is_there(3)) principal.lesson = LessonId{text(3)};
  principal.scopes = store::split_words(text(7));
  if (is_there(8)) principal.expires_at_ms = std::get<int64_t>(row[8]);
  principal.name = text(4);
  if (principal.name.empty() && principal.user) principal.name = text(5) + " " + text(6);
  return principal;
}

std::vector<TokenRow> tokens_of_school(soci::session& sql, const std::string& school) {
  std::vector<TokenRow> tokens;
  for (const auto& row :
       store::ask(sql,
                  "SELECT t.id, t.role, t.user_id, t.name, t.scopes, t.created_at, t.expires_at "
                  "FROM users u JOIN tokens t ON t.user_id = u.id "
                  "WHERE u.school_id = :school AND t.lesson_id IS NULL AND t.kind = 'api' ORDER BY t.id",
                  {school})) {
    const auto text = [&](size_t i) { return std::get<std::string>(row[i]); };
    TokenRow token{text(0), text(1), text(2), text(3), store::split_words(text(4)), std::get<int64_t>(row[5]),
                   {}};
    if (row[6].index() != 0) token.expires_at = std::get<int64_t>(row[6]);
    tokens.push_back(std::move(token));
  }
  return tokens;
}

std::optional<std::string> user_of_token(soci::session& sql, const std::string& id) {
  const auto rows =
      store::ask(sql, "SELECT user_id FROM tokens WHERE id = :id AND user_id IS NOT NULL", {id});
  if (rows.empty()) return std::nullopt;
  return std::get<std::string>(rows.front()[0]);
}

bool delete_token(soci::session& sql, const std::string& id) {
  soci::statement statement = (sql.prepare << "DELETE FROM tokens WHERE id = :id", soci::use(id));
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

}  // namespace thranio::auth
