#include "server/roster/privacy_store.hpp"

#include <limits>

namespace thranio::roster {
namespace {

template <typename Row>
std::vector<Row> all_where(soci::session& sql, std::vector<store::Condition> where) {
  store::Query query;
  query.where = std::move(where);
  query.limit = std::numeric_limits<int>::max();
  return store::list<Row>(sql, query).value();
}

}  // namespace

std::vector<School> schools_that_forget(soci::session& sql) {
  return all_where<School>(sql, {{"keep_lessons_days + keep_audit_days", ">", int64_t{0}}});
}

void erase_person(soci::session& sql, const User& user, int64_t now_ms) {
  User nobody;
  nobody.id = user.id;
  nobody.school_id = user.school_id;
  nobody.roles = user.roles;
  nobody.enabled = false;
  nobody.updated_at = now_ms;
  nobody.deleted_at = user.deleted_at.value_or(now_ms);
  store::update(sql, nobody, user.version);
  store::run(sql, "DELETE FROM guardianships WHERE student_id = :a OR guardian_id = :b", {user.id, user.id});
  store::run(sql, "DELETE FROM role_assignments WHERE user_id = :user", {user.id});
  store::run(sql,
             "UPDATE enrollments SET source = '', sourced_id = '', extra = '', updated_at = :now1, "
             "deleted_at = COALESCE(deleted_at, :now2), version = version + 1 WHERE user_id = :user",
             {now_ms, now_ms, user.id});
}

bool is_erased(const User& user) {
  return user.given_name.empty() && user.family_name.empty();
}

std::vector<Guardianship> guardianships_with(soci::session& sql, const std::string& user) {
  auto all = all_where<Guardianship>(sql, {{"student_id", "=", user}});
  for (auto& row : all_where<Guardianship>(sql, {{"guardian_id", "=", user}}))
    all.push_back(std::move(row));
  return all;
}

std::vector<Enrollment> enrollments_of(soci::session& sql, const std::string& user) {
  return all_where<Enrollment>(sql, {{"user_id", "=", user}});
}

}  // namespace thranio::roster
