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
  auto has_user = set_if(token.user.has_value());
  auto has_lesson = set_if(token.lesson.has_value());
  auto has_end = set_if(token.expires_at.has_value());
  sql << "INSERT INTO tokens (id, hash, role, user_id, lesson_id, name, created_at, expires_at) "
         "VALUES (:id, :hash, :role, :user_id, :lesson_id, :name, :created_at, :expires_at)",
      soci::use(id), soci::use(hash), soci::use(role), soci::use(user, has_user),
      soci::use(lesson, has_lesson), soci::use(token.name), soci::use(created), soci::use(expires, has_end);
}

std::optional<Principal> principal_by_hash(soci::session& sql, const std::string& hash, int64_t now_ms) {
  // A token of somebody who is gone, or may no longer come in, opens nothing.
  const auto rows =
      store::ask(sql,
                 "SELECT t.id, t.role, t.user_id, t.lesson_id, t.name, u.given_name, u.family_name "
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
  principal.name = text(4);
  if (principal.name.empty() && principal.user) principal.name = text(5) + " " + text(6);
  return principal;
}

bool delete_token(soci::session& sql, const std::string& id) {
  soci::statement statement = (sql.prepare << "DELETE FROM tokens WHERE id = :id", soci::use(id));
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

}  // namespace thranio::auth
