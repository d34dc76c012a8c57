// The wire is a document: what the sources say and what the documents promise are the same.
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>

#include <catch2/catch.hpp>

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::set<std::string> listed_problems() {
  static const std::regex row(R"(\n\| ([a-z0-9-]+) \| \d{3} \|)");
  const std::string text = text_of(fs::path(THRANIO_SOURCE_DIR) / "schema/problems.md");
  std::set<std::string> codes;
  for (std::sregex_iterator it(text.begin(), text.end(), row), end; it != end; ++it)
    codes.insert((*it)[1]);
  return codes;
}

// fail(ErrorKind::kX, "code", … and Error{ErrorKind::kX, "code", …, over line ends.
std::set<std::string> used_problems(const std::string& source) {
  static const std::regex use(R"re(ErrorKind::k\w+,\s*"([^"]+)")re");
  std::set<std::string> codes;
  for (std::sregex_iterator it(source.begin(), source.end(), use), end; it != end; ++it)
    codes.insert((*it)[1]);
  return codes;
}

}  // namespace

TEST_CASE("every problem that the sources answer is listed in schema/problems.md", "[api][house]") {
  const auto listed = listed_problems();
  REQUIRE(listed.size() > 30);
  REQUIRE(used_problems("fail(ErrorKind::kConflict,\n  \"lesson-live\", \"…\")") ==
          std::set<std::string>{"lesson-live"});
  for (const char* folder : {"server", "pipelines"})
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(THRANIO_SOURCE_DIR) / folder)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
      for (const auto& code : used_problems(text_of(entry.path()))) {
        INFO(entry.path().string() << ": " << code);
        CHECK(listed.contains(code));
      }
    }
}
