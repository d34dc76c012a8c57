#include "server/schedule/feed_store.hpp"

#include <soci/soci.h>

namespace thranio::schedule {
namespace {

using store::ask;
using Values = std::vector<store::Value>;

const std::string kFeed = "SELECT id, school_id, kind, target_id, created_at FROM feeds ";

Feed read_feed(const Values& row) {
  const auto text = [&](size_t i) { return std::get<std::string>(row[i]); };
  return {text(0), text(1), text(2), text(3), std::get<int64_t>(row[4])};
}

std::optional<Feed> one_feed(soci::session& sql, const std::string& where, const std::string& value) {
  const auto rows = ask(sql, kFeed + where, {value});
  if (rows.empty()) return std::nullopt;
  return read_feed(rows.front());
}

template <typename Row>
std::vector<Row> all_where(soci::session& sql, const std::string& where, const std::string& value) {
  std::vector<Row> rows;
  for (auto& row :
       ask(sql,
           std::string("SELECT ") + store::detail::selected<Row>() + " FROM " + store::table_of<Row>().name +
               " WHERE " + where + " AND deleted_at IS NULL ORDER BY id",
           {value}))
    rows.push_back(store::detail::row_of<Row>(std::move(row)));
  return rows;
}

}  // namespace

void insert_feed(soci::session& sql, const Feed& feed, const std::string& hash,
                 const std::string& created_by) {
  store::run(sql,
             "INSERT INTO feeds (id, hash, school_id, kind, target_id, created_at, created_by) "
             "VALUES (:id, :hash, :school, :kind, :target, :at, :by)",
             {feed.id, hash, feed.school_id, feed.kind, feed.target_id, feed.created_at, created_by});
}

std::optional<Feed> feed_by_hash(soci::session& sql, const std::string& hash) {
  return one_feed(sql, "WHERE hash = :hash", hash);
}
std::optional<Feed> find_feed(soci::session& sql, const std::string& id) {
  return one_feed(sql, "WHERE id = :id", id);
}

std::vector<Feed> feeds_of(soci::session& sql, const std::string& target) {
  std::vector<Feed> feeds;
  for (const auto& row : ask(sql, kFeed + "WHERE target_id = :target ORDER BY id", {target}))
    feeds.push_back(read_feed(row));
  return feeds;
}

void delete_feed(soci::session& sql, const std::string& id) {
  store::run(sql, "DELETE FROM feeds WHERE id = :id", {id});
}

void delete_feeds_of(soci::session& sql, const std::string& target) {
  store::run(sql, "DELETE FROM feeds WHERE target_id = :target", {target});
}

std::vector<std::string> classes_of_feed(soci::session& sql, const Feed& feed) {
  if (feed.kind == "class") return {feed.target_id};
  std::vector<std::string> ids;
  const auto rows =
      feed.kind == "school"
          ? ask(sql, "SELECT id FROM classes WHERE school_id = :school AND deleted_at IS NULL",
                {feed.target_id})
          : ask(sql,
                "SELECT class_id FROM enrollments WHERE user_id = :user AND deleted_at IS NULL "
                "UNION SELECT e.class_id FROM guardianships g JOIN enrollments e ON e.user_id = g.student_id "
                "WHERE g.guardian_id = :guardian AND g.deleted_at IS NULL AND e.deleted_at IS NULL",
                {feed.target_id, feed.target_id});
  ids.reserve(rows.size());
  for (const auto& row : rows)
    ids.push_back(std::get<std::string>(row[0]));
  return ids;
}

std::vector<LessonSeries> series_of_class(soci::session& sql, const std::string& cls) {
  return all_where<LessonSeries>(sql, "class_id = :class", cls);
}
std::vector<LessonRow> lessons_of_class(soci::session& sql, const std::string& cls) {
  return all_where<LessonRow>(sql, "class_id = :class", cls);
}
std::vector<LessonRow> lessons_stood_in(soci::session& sql, const std::string& teacher) {
  return all_where<LessonRow>(sql, "teacher_id = :teacher", teacher);
}

}  // namespace thranio::schedule
