// The files that travel inside the binary: schema/** (OpenAPI, messages, migrations) and client-web/dist/**.
// Names are paths from the top of the tree, e.g. "schema/openapi.yaml". The bytes live as long as the
// process. Thread: any (immutable).
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace thranio::embedded {

struct File {
  std::string_view name;
  std::string_view content;
};

// Every file, sorted by name.
std::vector<File> files();

// The file of that name, or nothing.
std::optional<std::string_view> find(std::string_view name);

}  // namespace thranio::embedded
