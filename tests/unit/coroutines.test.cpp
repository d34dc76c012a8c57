// A house rule that the compiler does not keep for us: GCC 12 destroys a temporary lambda inside a co_await
// expression twice (GCC PR 99576), and with it whatever it captured by value. So a task has a name:
//   auto task = [id](soci::session& sql) { ... };
//   co_await database.read(std::move(task));
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>

#include <catch2/catch.hpp>

namespace {

namespace fs = std::filesystem;

std::string first_nameless_task(const std::string& text) {
  for (size_t at = 0; (at = text.find("co_await", at)) != std::string::npos; ++at) {
    const std::string statement = text.substr(at, text.find(';', at) - at);
    static const std::regex capturing_lambda(R"([(,{]\s*\[[^\]]+\]\s*[({])");
    if (std::regex_search(statement, capturing_lambda)) return statement.substr(0, 80);
  }
  return {};
}

}  // namespace

TEST_CASE("no co_await takes a lambda that has captures and no name", "[house]") {
  CHECK(first_nameless_task("co_return co_await database.read([id](soci::session&) { return 1; });") != "");
  CHECK(first_nameless_task("co_await f(1,\n [x = y]() { return 1; });") != "");
  CHECK(first_nameless_task("auto task = [id] { return 1; }; co_await read(std::move(task));") == "");
  CHECK(first_nameless_task("co_await f(values[index]);") == "");
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(THRANIO_SOURCE_DIR) / "server")) {
    if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
    std::ifstream file(entry.path());
    const std::string text(std::istreambuf_iterator<char>(file), {});
    INFO(entry.path().string());
    CHECK(first_nameless_task(text) == "");
  }
}
