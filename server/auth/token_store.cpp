#include "server/auth/token_store.hpp"

#include <soci/soci.h>

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
  std::string id, role, user, lesson, name;
  soci::indicator has_user{}, has_lesson{};
  const long long now = now_ms;
  sql << "SELECT id, role, user_id, lesson_id, name FROM tokens "
         "WHERE hash = :hash AND (expires_at IS NULL OR expires_at > :now)",
      soci::use(hash), soci::use(now), soci::into(id), soci::into(role), soci::into(user, has_user),
      soci::into(lesson, has_lesson), soci::into(name);
  if (!sql.got_data()) return std::nullopt;
  Principal principal;
  principal.token_id = id;
  principal.role = role_of(role).value_or(Role::kGuest);
  if (has_user == soci::i_ok) principal.user = UserId{user};
  if (has_lesson == soci::i_ok) principal.lesson = LessonId{lesson};
  principal.name = name;
  return principal;
}

bool delete_token(soci::session& sql, const std::string& id) {
  soci::statement statement = (sql.prepare << "DELETE FROM tokens WHERE id = :id", soci::use(id));
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

}  // namespace thranio::auth
