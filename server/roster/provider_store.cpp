#include "server/roster/provider_store.hpp"

#include <algorithm>
#include <limits>

#include "server/store/times.hpp"

namespace thranio::roster {
namespace {

using store::Value;

enum class As : uint8_t { kText, kTime, kStatus, kFlag, kList, kSessionType };

struct Field {
  const char* name;    // OneRoster's
  const char* column;  // ours
  As as = As::kText;
};

// What differs between the collections: their fields, which rows stand in the organisations of `seen`, and
// how they are narrowed down.
template <typename Row>
struct Kind;

const std::vector<Field>& head_fields() {
  static const std::vector<Field> fields{
      {"sourcedId", "CASE WHEN sourced_id = '' THEN id ELSE sourced_id END"},
      {"status", "deleted_at", As::kStatus},
      {"dateLastModified", "updated_at", As::kTime}};
  return fields;
}

template <>
struct Kind<School> {
  static constexpr const char* scope = "id IN seen";
  static constexpr const char* ordered_scope = "+id IN seen";
  static std::vector<Field> fields() {
    return {{"name", "name"}, {"type", "type"}, {"identifier", "identifier"}};
  }
};
template <>
struct Kind<AcademicSession> {
  static constexpr const char* scope = "school_id IN seen";
  static constexpr const char* ordered_scope = "+school_id IN seen";
  static std::vector<Field> fields() {
    return {{"title", "title"},
            {"type", "type", As::kSessionType},
            {"startDate", "starts_on"},
            {"endDate", "ends_on"},
            {"schoolYear", "school_year"}};
  }
};
template <>
struct Kind<Course> {
  static constexpr const char* scope = "school_id IN seen";
  static constexpr const char* ordered_scope = "+school_id IN seen";
  static std::vector<Field> fields() {
    return {{"title", "title"}, {"courseCode", "course_code"}, {"grades", "grades", As::kList}};
  }
};
template <>
struct Kind<Class> {
  static constexpr const char* scope = "school_id IN seen";
  static constexpr const char* ordered_scope = "+school_id IN seen";
  static std::vector<Field> fields() {
    return {{"title", "title"},
            {"classCode", "class_code"},
            {"classType", "class_type"},
            {"location", "location"},
            {"grades", "grades", As::kList}};
  }
};
template <>
struct Kind<User> {
  static constexpr const char* scope = "school_id IN seen";
  static constexpr const char* ordered_scope = "+school_id IN seen";
  static std::vector<Field> fields() {
    return {{"username", "username"},
            {"givenName", "given_name"},
            {"familyName", "family_name"},
            {"middleName", "middle_name"},
            {"identifier", "identifier"},
            {"email", "email"},
            {"phone", "phone"},
            {"enabledUser", "enabled", As::kFlag},
            {"grades", "grades", As::kList},
            {"roles.role", "roles", As::kList}};
  }
};
template <>
struct Kind<Enrollment> {
  static constexpr const char* scope = "class_id IN (SELECT id FROM classes WHERE school_id IN seen)";
  static constexpr const char* ordered_scope =
      "+class_id IN (SELECT id FROM classes WHERE school_id IN seen)";
  static std::vector<Field> fields() {
    return {{"role", "role"},
            {"primary", "is_primary", As::kFlag},
            {"beginDate", "starts_on"},
            {"endDate", "ends_on"}};
  }
};

template <typename Row>
std::optional<Field> field_of(const std::string& name) {
  for (const auto* fields : {&head_fields()})
    for (const auto& field : *fields)
      if (name == field.name) return field;
  for (const auto& field : Kind<Row>::fields())
    if (name == field.name) return field;
  return std::nullopt;
}

// A statement as it grows.
class Text {
 public:
  explicit Text(const std::string& target) {
    text_ = "WITH RECURSIVE seen(id) AS (SELECT " + bound(target) +
            " UNION SELECT s.id FROM schools s JOIN seen ON s.parent_id = seen.id) ";
  }
  void add(const std::string& words) { text_ += words; }
  std::string bound(Value value) {
    values_.push_back(std::move(value));
    return ":v" + std::to_string(values_.size());
  }
  const std::string& text() const { return text_; }
  const std::vector<Value>& values() const { return values_; }

 private:
  std::string text_;
  std::vector<Value> values_;
};

std::string in_list(const std::string& column, const std::string& bound) {
  return "instr(',' || " + column + " || ',', ',' || " + bound + " || ',') > 0";
}

void narrow(Text& text, const Narrowing& by, const School*) {
  if (!by.type.empty()) text.add(" AND type = " + text.bound(by.type));
}
void narrow(Text& text, const Narrowing& by, const AcademicSession*) {
  if (!by.type.empty()) text.add(" AND type = " + text.bound(by.type));
  if (!by.school.empty()) text.add(" AND school_id = " + text.bound(by.school));
  if (!by.term.empty()) text.add(" AND parent_id = " + text.bound(by.term));
}
void narrow(Text& text, const Narrowing& by, const Course*) {
  if (!by.school.empty()) text.add(" AND school_id = " + text.bound(by.school));
}
void narrow(Text& text, const Narrowing& by, const Class*) {
  if (!by.school.empty()) text.add(" AND school_id = " + text.bound(by.school));
  if (!by.course.empty()) text.add(" AND course_id = " + text.bound(by.course));
  if (!by.term.empty()) text.add(" AND " + in_list("term_ids", text.bound(by.term)));
  if (by.user.empty()) return;
  text.add(" AND id IN (SELECT class_id FROM enrollments WHERE deleted_at IS NULL AND user_id = " +
           text.bound(by.user));
  if (!by.role.empty()) text.add(" AND role = " + text.bound(by.role));
  text.add(")");
}
void narrow(Text& text, const Narrowing& by, const User*) {
  if (!by.school.empty()) text.add(" AND school_id = " + text.bound(by.school));
  if (by.cls.empty()) {
    if (!by.role.empty()) text.add(" AND " + in_list("roles", text.bound(by.role)));
    return;
  }
  text.add(" AND id IN (SELECT user_id FROM enrollments WHERE deleted_at IS NULL AND class_id = " +
           text.bound(by.cls));
  if (!by.role.empty()) text.add(" AND role = " + text.bound(by.role));
  text.add(")");
}
void narrow(Text& text, const Narrowing& by, const Enrollment*) {
  if (!by.school.empty())
    text.add(" AND class_id IN (SELECT id FROM classes WHERE school_id = " + text.bound(by.school) + ")");
  if (!by.cls.empty()) text.add(" AND class_id = " + text.bound(by.cls));
}

std::unexpected<Error> refuse(const char* field, const std::string& sentence) {
  return fail(ErrorKind::kInvalid, "invalid-field", sentence, field);
}

// '%' and '_' stand for themselves.
std::string pattern_of(const std::string& value) {
  std::string pattern = "%";
  for (const char c : value) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

std::string our_word(const Field& field, const std::string& value) {
  if (field.as == As::kSessionType && value == "gradingPeriod") return "grading_period";
  if (field.as == As::kSessionType && value == "schoolYear") return "school_year";
  if (std::string_view{field.name} == "roles.role" && value == "siteAdministrator") return "admin";
  return value;
}

Result<std::string> condition(Text& text, const Field& field, const FilterTerm& term) {
  const std::string column = field.column;
  switch (field.as) {
    case As::kStatus: {
      if (term.value != "active" && term.value != "tobedeleted")
        return refuse("filter", "status is active or tobedeleted.");
      if (term.relation != "=" && term.relation != "!=")
        return refuse("filter", "status is compared by = and !=.");
      const bool gone = (term.value == "tobedeleted") == (term.relation == "=");
      return column + (gone ? " IS NOT NULL" : " IS NULL");
    }
    case As::kTime: {
      const bool day = term.value.size() == 10;
      const auto time = store::parse_rfc3339(day ? term.value + "T00:00:00Z" : term.value);
      if (!time || term.relation == "~")
        return refuse("filter", "dateLastModified is compared with a date or an RFC 3339 time.");
      return column + " " + term.relation + " " + text.bound(store::to_millis(*time));
    }
    case As::kFlag:
      if ((term.value != "true" && term.value != "false") || (term.relation != "=" && term.relation != "!="))
        return refuse("filter", std::string(field.name) + " is true or false.");
      return column + " " + term.relation + " " + text.bound(int64_t{term.value == "true"});
    case As::kList:
      if (term.relation == "=" || term.relation == "~")
        return in_list(column, text.bound(our_word(field, term.value)));
      if (term.relation == "!=") return "NOT " + in_list(column, text.bound(our_word(field, term.value)));
      return refuse("filter", std::string(field.name) + " holds words: it is compared by =, != and ~.");
    case As::kSessionType:
    case As::kText:
      if (term.relation == "~")
        return column + " LIKE " + text.bound(pattern_of(term.value)) + " ESCAPE '\\'";
      return column + " " + term.relation + " " + text.bound(our_word(field, term.value));
  }
  return std::string{};
}

template <typename Row>
Result<void> add_where(Text& text, const ProviderQuery& query, const char* scope) {
  text.add(std::string(" FROM ") + store::table_of<Row>().name + " WHERE " + scope);
  narrow(text, query.narrowing, static_cast<const Row*>(nullptr));
  bool asks_for_deleted = false;
  std::string conditions;
  for (const auto& term : query.filter.terms) {
    const auto field = field_of<Row>(term.field);
    if (!field) return refuse("filter", "There is nothing to filter by that is called " + term.field + ".");
    asks_for_deleted = asks_for_deleted || field->as == As::kStatus || field->as == As::kTime;
    const auto said = condition(text, *field, term);
    if (!said) return std::unexpected(said.error());
    conditions += (conditions.empty() ? "" : query.filter.any ? " OR " : " AND ") + *said;
  }
  if (!conditions.empty()) text.add(" AND (" + conditions + ")");
  if (!asks_for_deleted) text.add(" AND deleted_at IS NULL");
  return {};
}

template <typename Row>
std::vector<Row> rows_of(soci::session& sql, const Text& text) {
  std::vector<Row> rows;
  for (auto& values : store::ask(sql, text.text(), text.values()))
    rows.push_back(store::detail::row_of<Row>(std::move(values)));
  return rows;
}

template <typename Row>
std::vector<Row> hanging_on(soci::session& sql, const char* column, const std::string& id) {
  store::Query query;
  query.where = {{column, "=", id}, {"deleted_at", "IS NULL", {}}};
  query.limit = std::numeric_limits<int>::max();
  return store::list<Row>(sql, query).value();
}

}  // namespace

std::string told_id(const RowHead& row) {
  return row.sourced_id.empty() ? row.id : row.sourced_id;
}

std::string told_session_type(const std::string& type) {
  if (type == "grading_period") return "gradingPeriod";
  return type == "school_year" ? "schoolYear" : type;
}

std::string told_role(const std::string& role) {
  return role == "admin" ? "siteAdministrator" : role;
}

template <typename Row>
Result<Provided<Row>> provided(soci::session& sql, const ProviderQuery& query) {
  std::string order = "id";
  if (!query.sort.empty()) {
    const auto field = field_of<Row>(query.sort);
    if (!field) return refuse("sort", "There is nothing to sort by that is called " + query.sort + ".");
    const std::string direction = query.descending ? " DESC" : "";
    order = std::string(field->column) + direction + ", id" + direction;
  }
  Text count(query.target);
  count.add("SELECT COUNT(*)");
  if (auto good = add_where<Row>(count, query, Kind<Row>::scope); !good) return std::unexpected(good.error());
  Provided<Row> answer;
  answer.total = std::get<int64_t>(store::ask(sql, count.text(), count.values())[0][0]);
  // A region's rows are read in the order of their ids, a school's by its index and then sorted.
  const bool many = self_and_below(sql, query.target).size() > 1;
  Text text(query.target);
  text.add("SELECT " + store::detail::selected<Row>());
  if (auto good = add_where<Row>(text, query, many ? Kind<Row>::ordered_scope : Kind<Row>::scope); !good)
    return std::unexpected(good.error());
  text.add(" ORDER BY " + order + " LIMIT " + std::to_string(query.limit) + " OFFSET " +
           std::to_string(query.offset));
  answer.rows = rows_of<Row>(sql, text);
  return answer;
}

template <typename Row>
std::optional<Row> provided_by_id(soci::session& sql, const std::string& target,
                                  const std::string& sourced_id) {
  // Imported for an organisation above, or for one below.
  std::string sources;
  Text text(target);
  text.add("SELECT " + store::detail::selected<Row>() + " FROM " + store::table_of<Row>().name + " WHERE " +
           Kind<Row>::ordered_scope + " AND (id = " + text.bound(sourced_id));
  for (const auto& above : self_and_above(sql, target))
    sources += (sources.empty() ? "SELECT id FROM seen UNION SELECT " : " UNION SELECT ") + text.bound(above);
  text.add(" OR (source IN (" + sources + ") AND sourced_id = " + text.bound(sourced_id) +
           " AND sourced_id <> '')) LIMIT 1");
  auto rows = rows_of<Row>(sql, text);
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

std::vector<std::string> guardians_of(soci::session& sql, const std::string& student) {
  std::vector<std::string> ids;
  for (auto& row : hanging_on<Guardianship>(sql, "student_id", student))
    ids.push_back(std::move(row.guardian_id));
  return ids;
}

std::vector<RoleAssignment> roles_of(soci::session& sql, const std::string& user) {
  return hanging_on<RoleAssignment>(sql, "user_id", user);
}

#define THRANIO_PROVIDES(Row)                                                              \
  template Result<Provided<Row>> provided<Row>(soci::session & sql, const ProviderQuery&); \
  template std::optional<Row> provided_by_id<Row>(soci::session & sql, const std::string&, \
                                                  const std::string&);
THRANIO_PROVIDES(School)
THRANIO_PROVIDES(AcademicSession)
THRANIO_PROVIDES(Course)
THRANIO_PROVIDES(Class)
THRANIO_PROVIDES(User)
THRANIO_PROVIDES(Enrollment)
#undef THRANIO_PROVIDES

}  // namespace thranio::roster
