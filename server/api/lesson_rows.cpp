#include "server/api/lesson_rows.hpp"

#include <algorithm>

#include "server/api/row_json.hpp"
#include "server/schedule/clashes.hpp"
#include "server/store/times.hpp"

namespace thranio::api {

using nlohmann::json;
using schedule::LessonRow;

LessonTeller::LessonTeller(soci::session& sql, const std::string& school, int64_t from, int64_t to)
    : sql_(sql), closures_(sql, school, schedule::zone_of_school(sql, school), from, to) {
  if (const auto row = store::find<roster::School>(sql, school))
    open_before_ms_ = row->lessons_open_before_minutes * 60'000;
}

json LessonTeller::operator()(const LessonRow& lesson) {
  json told = row_json(lesson);
  const auto& words = words_of(lesson.class_id);
  told["class_title"] = words.title;
  told["teachers"] = lesson.teacher_id ? std::vector{name_of(*lesson.teacher_id)} : words.teachers;
  told["opens_at"] = store::to_rfc3339(store::from_millis(lesson.starts_at - open_before_ms_));
  const auto* closure = closures_.suspends(lesson);
  told["suspended_by"] = closure ? json(closure->title) : json(nullptr);
  return told;
}

const LessonTeller::ClassWords& LessonTeller::words_of(const std::string& cls) {
  const auto at = classes_.find(cls);
  if (at != classes_.end()) return at->second;
  const auto row = store::find<roster::Class>(sql_, cls);
  return classes_[cls] = {row ? row->title : "", roster::teacher_names(sql_, cls)};
}

const std::string& LessonTeller::name_of(const std::string& teacher) {
  const auto at = teachers_.find(teacher);
  if (at != teachers_.end()) return at->second;
  const auto user = store::find<roster::User>(sql_, teacher);
  return teachers_[teacher] = user ? user->given_name + " " + user->family_name : "";
}

json lesson_json(soci::session& sql, const LessonRow& lesson) {
  const auto cls = store::find<roster::Class>(sql, lesson.class_id);
  return LessonTeller(sql, cls ? cls->school_id : "", lesson.starts_at, lesson.ends_at)(lesson);
}

json lessons_json(soci::session& sql, const std::vector<LessonRow>& lessons) {
  json told = json::array();
  if (lessons.empty()) return told;
  const auto cls = store::find<roster::Class>(sql, lessons.front().class_id);
  const auto [first, last] = std::ranges::minmax(lessons, {}, &LessonRow::starts_at);
  LessonTeller teller(sql, cls ? cls->school_id : "", first.starts_at, last.ends_at);
  for (const auto& lesson : lessons)
    told.push_back(teller(lesson));
  return told;
}

Result<roster::Class> permitted_class(soci::session& sql, const auth::Principal& who, const std::string& cls,
                                      auth::Action action) {
  auto row = store::find<roster::Class>(sql, cls);
  if (!row || row->deleted_at) return std::unexpected(not_found());
  if (auto may = auth::permit(who, action, relation_to_class(sql, who, row->school_id, cls)); !may)
    return std::unexpected(may.error());
  return std::move(*row);
}

Result<void> permit_lessons_of(soci::session& sql, const auth::Principal& who, const std::string& cls,
                               bool write) {
  const auto row =
      permitted_class(sql, who, cls, write ? auth::Action::kManageLessons : auth::Action::kReadLesson);
  if (!row) return std::unexpected(row.error());
  return {};
}

Result<void> check_substitute(soci::session& sql, const std::optional<std::string>& teacher,
                              const std::string& cls) {
  if (!teacher) return {};
  const auto user = store::find<roster::User>(sql, *teacher);
  const auto row = store::find<roster::Class>(sql, cls);
  if (user && row && !user->deleted_at && std::ranges::find(user->roles, "teacher") != user->roles.end()) {
    const auto above = roster::self_and_above(sql, row->school_id);
    if (std::ranges::find(above, user->school_id) != above.end()) return {};
  }
  return fail(ErrorKind::kInvalid, "invalid-field", "There is no such teacher in this school.",
              "/teacher_id");
}

Result<void> check_clashes(soci::session& sql, const std::vector<LessonRow>& planned, const json& body) {
  if (body.is_object() && body.value("allow_clashes", false)) return {};
  const auto found = schedule::clashes(sql, planned);
  if (found.empty()) return {};
  json told = json::array();
  for (const auto& clash : found)
    told.push_back({{"planned_at", store::to_rfc3339(store::from_millis(clash.planned.starts_at))},
                    {"lesson_id", clash.lesson.id},
                    {"class_id", clash.lesson.class_id},
                    {"title", clash.lesson.title},
                    {"starts_at", store::to_rfc3339(store::from_millis(clash.lesson.starts_at))},
                    {"ends_at", store::to_rfc3339(store::from_millis(clash.lesson.ends_at))},
                    {"who", clash.who},
                    {"user_ids", clash.users}});
  Error error{
      ErrorKind::kConflict,
      "lesson-clash",
      "Somebody would be in two lessons at once; see clashes. Say allow_clashes to plan it all the same.",
      "",
      {}};
  error.extra_json.emplace_back("clashes", told.dump());
  return std::unexpected(std::move(error));
}

}  // namespace thranio::api
