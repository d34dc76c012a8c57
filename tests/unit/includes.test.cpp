// The house rule of who may include whom (README: layout), read off every #include of pipelines/ and server/.
// The shared include root would let a wrong include compile; this does not.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace {

namespace fs = std::filesystem;
using Faults = std::vector<std::string>;

// Folder → the folders it may include besides itself. pipelines/ and server/ stand for their own files
// (lesson_pipeline; main, config, demo). "door" is lesson_pipeline.hpp alone.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"pipelines/base", {}},
    {"pipelines/rtp", {"pipelines/base"}},
    {"pipelines/sdp", {"pipelines/base", "pipelines/rtp"}},
    {"pipelines/transport", {"pipelines/base", "pipelines/rtp"}},
    {"pipelines/picture", {"pipelines/base"}},
    {"pipelines/elements", {"pipelines/base", "pipelines/rtp", "pipelines/sdp", "pipelines/transport"}},
    {"pipelines/graph",
     {"door", "pipelines/base", "pipelines/rtp", "pipelines/sdp", "pipelines/transport", "pipelines/elements",
      "pipelines/picture"}},
    {"pipelines",
     {"door", "pipelines/base", "pipelines/rtp", "pipelines/sdp", "pipelines/transport", "pipelines/elements",
      "pipelines/graph"}},

    {"server/embedded", {}},
    {"server/store", {"pipelines/base", "server/embedded"}},
    {"server/auth", {"pipelines/base", "server/store"}},
    {"server/roster", {"pipelines/base", "server/store"}},
    {"server/schedule", {"pipelines/base", "server/store", "server/roster"}},
    {"server/slides", {"pipelines/base", "pipelines/picture", "server/store"}},
    {"server/lesson",
     {"door", "pipelines/base", "server/store", "server/auth", "server/roster", "server/schedule",
      "server/slides"}},
    {"server/http", {"pipelines/base", "server/embedded"}},
    {"server/mail", {"pipelines/base"}},
    {"server/api",
     {"door", "pipelines/base", "server/embedded", "server/store", "server/auth", "server/roster",
      "server/schedule", "server/slides", "server/lesson", "server/http", "server/mail"}},
    {"server/signaling",
     {"door", "pipelines/base", "server/embedded", "server/store", "server/auth", "server/roster",
      "server/schedule", "server/slides", "server/lesson", "server/http"}},
    {"server",
     {"door", "pipelines/base", "server/embedded", "server/store", "server/auth", "server/roster",
      "server/schedule", "server/slides", "server/lesson", "server/http", "server/mail", "server/api",
      "server/signaling"}},
};

// Library → where alone its headers may stand; a trailing * takes any rest.
struct Library {
  std::string header;              // how the include begins
  std::vector<std::string> homes;  // path patterns
};
const std::vector<Library> kLibraries = {
    {"gst/",
     {"pipelines/elements/*", "pipelines/graph/*", "pipelines/sdp/sdp_message.*",
      "pipelines/lesson_pipeline.cpp"}},
    {"glib",
     {"pipelines/elements/*", "pipelines/graph/*", "pipelines/sdp/sdp_message.*",
      "pipelines/lesson_pipeline.cpp", "pipelines/transport/stun_message.cpp"}},
    {"stun/", {"pipelines/transport/*"}},
    {"srtp2/", {"pipelines/transport/*"}},
    {"opus/",
     {"pipelines/rtp/voice_bundler.cpp", "pipelines/rtp/voice_rung.cpp", "pipelines/rtp/codec_payload.cpp"}},
    {"avif/", {"pipelines/picture/still_coder.cpp", "pipelines/picture/page_coder.cpp"}},
    {"webp/", {"pipelines/picture/still_coder.cpp", "pipelines/picture/page_coder.cpp"}},
    {"cairo", {"server/slides/*.cpp"}},
    {"zlib.h", {"server/http/gzip.cpp"}},
    {"boost/beast", {"server/http/*.cpp", "server/asio/asio.cpp"}},
    {"boost/", {"server/*"}},
    {"soci/", {"server/store/*", "server/*_store.cpp"}},
    {"sqlite3.h", {"server/store/*"}},
    {"nlohmann/json.hpp", {"server/*.cpp", "server/api/resource.hpp", "server/api/row_json.hpp"}},
    {"date/", {"server/store/time_zone.cpp"}},
    {"curl/", {"server/mail/*"}},
    {"argon2.h", {"server/auth/password.cpp"}},
    {"libical/", {"server/schedule/*.cpp", "server/schedule/ical.hpp"}},
    {"zip.h", {"server/roster/*.cpp"}},
    {"csv.h", {"server/roster/*.cpp"}},
    {"valijson/", {"server/*.cpp"}},
    {"yaml-cpp/", {"server/*.cpp"}},
    {"catch2/", {}},
};

bool matches(std::string_view path, std::string_view pattern) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return path == pattern;
  const auto tail = pattern.substr(star + 1);
  return path.starts_with(pattern.substr(0, star)) && path.size() >= star + tail.size() &&
         path.ends_with(tail);
}

std::string folder_of(const std::string& path) {
  return fs::path(path).parent_path().string();
}

// What is wrong with `#include "target"` in `file`, or nothing.
std::string own_include_fault(const std::string& file, const std::string& target) {
  if (target.find('/') == std::string::npos) return "include by the path from the top of the tree";
  const auto from = folder_of(file), to = folder_of(target);
  if (from == to) return {};
  const auto row = kMayInclude.find(from);
  if (row == kMayInclude.end()) return "no row for " + from + " in the include table";
  if (target == "pipelines/lesson_pipeline.hpp" && row->second.contains("door")) return {};
  if (row->second.contains(to)) return {};
  return from + " may not include " + to;
}

std::string library_include_fault(const std::string& file, const std::string& target) {
  for (const auto& library : kLibraries) {
    if (!target.starts_with(library.header)) continue;
    const auto at_home = [&](const std::string& home) { return matches(file, home); };
    if (std::ranges::any_of(library.homes, at_home)) return {};
    return "<" + target + "> may not stand here";
  }
  return {};
}

Faults include_faults(const std::string& file, const std::string& text) {
  static const std::regex include(R"(^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"])", std::regex::multiline);
  Faults faults;
  for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it) {
    const std::string target = (*it)[2];
    const auto fault =
        (*it)[1] == "\"" ? own_include_fault(file, target) : library_include_fault(file, target);
    if (!fault.empty()) faults.push_back(file + ": " + target + ": " + fault);
  }
  return faults;
}

// A string literal that begins like a statement.
Faults sql_faults(const std::string& file, const std::string& text) {
  const bool at_home = matches(file, "server/store/*") || matches(file, "server/*_store.cpp");
  static const std::regex sql(
      R"re((?:"|R"[a-z]*\()\s*(select\s+(distinct\s+)?[\w.*()]+(\s*,\s*[\w.*()]+)*\s+from|insert\s+into|update\s+\w+\s+set|delete\s+from|create\s+(table|index)|alter\s+table|drop\s+table|pragma\s)\b)re",
      std::regex::icase);
  std::smatch found;
  if (at_home || !std::regex_search(text, found, sql)) return {};
  return {file + ": SQL outside a *_store: " + found.str()};
}

struct Source {
  std::string path;
  std::string text;
};

std::vector<Source> sources() {
  const fs::path top = THRANIO_SOURCE_DIR;
  std::vector<Source> all;
  for (const auto* root : {"pipelines", "server"})
    for (const auto& entry : fs::recursive_directory_iterator(top / root)) {
      const auto extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".hpp") continue;
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      all.push_back({fs::relative(entry.path(), top).string(), text.str()});
    }
  return all;
}

template <typename Check>
std::string all_faults(Check check) {
  std::string report;
  for (const auto& source : sources())
    for (const auto& fault : check(source.path, source.text))
      report += fault + "\n";
  return report;
}

}  // namespace

TEST_CASE("every include of pipelines/ and server/ is allowed by the include table", "[house]") {
  REQUIRE(sources().size() > 10);
  CHECK(all_faults(include_faults) == "");
}

TEST_CASE("SQL stands only in *_store files and in server/store", "[house]") {
  CHECK(all_faults(sql_faults) == "");
}

TEST_CASE("the include check sees a wrong include", "[house]") {
  using Row = std::pair<std::string, std::string>;
  const auto [file, line] = GENERATE(table<std::string, std::string>({
      Row{"pipelines/rtp/nack_tracker.cpp", "#include \"pipelines/transport/udp_port.hpp\""},
      Row{"pipelines/transport/worker.hpp", "#include \"pipelines/lesson_pipeline.hpp\""},
      Row{"pipelines/base/log.cpp", "#include \"server/config.hpp\""},
      Row{"server/http/router.hpp", "#include \"server/auth/principal.hpp\""},
      Row{"server/roster/roster.cpp", "#include \"server/lesson/lesson.hpp\""},
      Row{"server/lesson/lesson.cpp", "#include \"pipelines/rtp/rtcp.hpp\""},
      Row{"server/api/media_api.cpp", "  #  include \"tests/support/fake_clock.hpp\""},
      Row{"server/api/media_api.cpp", "#include \"media_api.hpp\""},
      Row{"server/novel/thing.cpp", "#include \"pipelines/base/log.hpp\""},
      Row{"pipelines/rtp/rtcp.cpp", "#include <gst/gst.h>"},
      Row{"pipelines/transport/worker.cpp", "#include <boost/asio.hpp>"},
      Row{"server/http/connection.hpp", "#include <boost/beast.hpp>"},
      Row{"server/roster/roster.cpp", "#include <soci/soci.h>"},
      Row{"server/signaling/messages.hpp", "#include <nlohmann/json.hpp>"},
  }));
  CAPTURE(file, line);
  CHECK(include_faults(file, "#pragma once\n" + line + "\nint x;\n").size() == 1);
}

TEST_CASE("the include check lets the table's own arrows pass", "[house]") {
  CHECK(include_faults("server/lesson/lesson.cpp", "#include \"pipelines/lesson_pipeline.hpp\"\n").empty());
  CHECK(include_faults("pipelines/graph/lesson_graph.cpp", "#include <gst/gst.h>\n").empty());
  CHECK(include_faults("server/roster/roster_store.cpp", "#include <soci/soci.h>\n").empty());
}

TEST_CASE("the SQL check sees a statement outside a store", "[house]") {
  CHECK(sql_faults("server/roster/roster.cpp", "sql << \"SELECT id FROM users\";").size() == 1);
  CHECK(sql_faults("server/api/users_api.cpp", "x = R\"(\n  insert into users values(1))\";").size() == 1);
  CHECK(sql_faults("server/roster/roster_store.cpp", "sql << \"SELECT id FROM users\";").empty());
  CHECK(sql_faults("server/roster/roster.cpp", "fail(\"select a class from the list\");").empty());
}
