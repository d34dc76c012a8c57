#include "server/roster/one_roster_filter.hpp"

#include <optional>

namespace thranio::roster {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : left_(text) {}

  bool done() {
    skip_spaces();
    return left_.empty();
  }
  std::string name() {
    skip_spaces();
    size_t end = 0;
    while (end < left_.size() && is_name(left_[end]))
      ++end;
    return std::string{take(end)};
  }
  std::string relation() {
    skip_spaces();
    for (const std::string_view known : {"!=", ">=", "<=", "=", ">", "<", "~"})
      if (left_.starts_with(known)) return std::string{take(known.size())};
    return {};
  }
  std::optional<std::string> quoted() {
    skip_spaces();
    if (!left_.starts_with('\'')) return std::nullopt;
    take(1);
    std::string value;
    while (!left_.empty()) {
      const char c = take(1).front();
      if (c == '\'' && !left_.starts_with('\'')) return value;
      if (c == '\'') take(1);
      value += c;
    }
    return std::nullopt;
  }

 private:
  static bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
  }
  void skip_spaces() {
    while (left_.starts_with(' '))
      take(1);
  }
  std::string_view take(size_t count) {
    const auto taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  std::string_view left_;
};

}  // namespace

Result<OneRosterFilter> parse_filter(std::string_view text) {
  const auto refused = [](const char* sentence) {
    return fail(ErrorKind::kInvalid, "invalid-field", sentence, "filter");
  };
  OneRosterFilter filter;
  Reader reader(text);
  std::string glue;
  while (!reader.done()) {
    if (!filter.terms.empty()) {
      const std::string word = reader.name();
      if (word != "AND" && word != "OR") return refused("Two terms are joined by AND or by OR.");
      if (!glue.empty() && glue != word) return refused("A filter has AND or OR, not both.");
      glue = word;
    }
    FilterTerm term;
    term.field = reader.name();
    term.relation = reader.relation();
    const auto value = reader.quoted();
    if (term.field.empty() || term.relation.empty() || !value)
      return refused("A term is a field, a relation and a value in single quotes: status='active'.");
    term.value = *value;
    filter.terms.push_back(std::move(term));
    if (filter.terms.size() > OneRosterFilter::kMostTerms) return refused("A filter has at most 8 terms.");
  }
  filter.any = glue == "OR";
  return filter;
}

}  // namespace thranio::roster
