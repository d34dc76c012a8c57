#include "tests/support/server_process.hpp"

#include <stdexcept>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/auth/tokens.hpp"
#include "server/embedded/embedded_files.hpp"
#include "server/store/database.hpp"

namespace thranio::test {
namespace {

struct Child {
  pid_t id = -1;
  FILE* out = nullptr;
};

// AddressSanitizer's slow unwinding, which GStreamer's known leaks need in the test's own process, makes a
// server's start seven times as long.
void unwind_fast() {
  const char* options = getenv("ASAN_OPTIONS");
  if (options) setenv("ASAN_OPTIONS", (std::string(options) + ":fast_unwind_on_malloc=1").c_str(), 1);
}

Child start(std::vector<std::string> arguments) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  std::vector<char*> words;
  for (auto& argument : arguments)
    words.push_back(argument.data());
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    unwind_fast();
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execv(words[0], words.data());
    _exit(127);
  }
  close(ends[1]);
  return {child, fdopen(ends[0], "r")};
}

std::string first_line(const Child& child) {
  char* line = nullptr;
  size_t room = 0;
  const ssize_t length = getline(&line, &room, child.out);
  std::string text = length > 0 ? std::string(line, static_cast<size_t>(length)) : std::string{};
  free(line);
  fclose(child.out);
  while (text.ends_with('\n'))
    text.pop_back();
  return text;
}

const api::Schemas& contract() {
  static const api::Schemas schemas(*embedded::find("schema/openapi.yaml"));
  return schemas;
}

}  // namespace

ServerProcess::ServerProcess(std::string data_folder, const std::vector<std::string>& more)
    : data_(std::move(data_folder)) {
  std::vector<std::string> words{
      THRANIO_BINARY_DIR "/thranio", "serve", "--data", data_, "--listen", "127.0.0.1:0"};
  words.insert(words.end(), more.begin(), more.end());
  const Child child = start(std::move(words));
  child_ = child.id;
  const auto listening = nlohmann::json::parse(first_line(child), nullptr, false);
  if (listening.is_discarded() || listening.value("event", "") != "listening")
    throw std::runtime_error("the server did not start");
  origin_ = "http://127.0.0.1:" + std::to_string(listening["port"].get<int>());
}

ServerProcess::~ServerProcess() {
  kill_dash_nine();
}

void ServerProcess::kill_dash_nine() {
  if (child_ < 0) return;
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
  child_ = -1;
}

int ServerProcess::terminate() {
  kill(child_, SIGTERM);
  int status = 0;
  waitpid(child_, &status, 0);
  child_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string admin_token(const std::string& data_folder) {
  store::Database database(data_folder);
  auto issued = auth::Tokens(database).issue_now({auth::Role::kAdmin, {}, {}, "a test", {}});
  if (!issued) throw std::runtime_error(issued.error().detail);
  return issued->text;
}

std::string printed_admin_token(const std::string& data_folder) {
  const Child child =
      start({THRANIO_BINARY_DIR "/thranio", "token", "create", "--data", data_folder, "--role", "admin"});
  std::string token = first_line(child);
  int status = 0;
  waitpid(child.id, &status, 0);
  if (status != 0) throw std::runtime_error("token create failed");
  return token;
}

RestClient::RestClient(std::string origin, std::string bearer)
    : origin_(std::move(origin)), bearer_(std::move(bearer)) {}

http::FetchedResponse RestClient::get(const std::string& path) const {
  return ask("GET", path, "", "");
}

http::FetchedResponse RestClient::post(const std::string& path, const std::string& json) const {
  return ask("POST", path, json.empty() ? "" : "application/json", json);
}

http::FetchedResponse RestClient::patch(const std::string& path, const std::string& json,
                                        const Headers& headers) const {
  return ask("PATCH", path, "application/json", json, headers);
}

http::FetchedResponse RestClient::erase(const std::string& path, const Headers& headers) const {
  return ask("DELETE", path, "", "", headers);
}

http::FetchedResponse RestClient::ask(const std::string& method, const std::string& path,
                                      const std::string& type, const std::string& body,
                                      const Headers& headers) const {
  auto answer = http::fetch(method, origin_ + "/api/v1" + path, bearer_, type, body, headers);
  INFO(method << " " << path << " → " << answer.status << " " << answer.body);
  // What `fields` chose is less than the contract's whole.
  const bool partial = answer.status == 200 && path.find("fields=") != std::string::npos;
  if (!partial)
    CHECK(contract().check_answer(method, path.substr(0, path.find('?')), answer.status,
                                  answer.headers["content-type"], answer.body) == "");
  return answer;
}

}  // namespace thranio::test
