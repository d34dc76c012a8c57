#include "server/http/static_files.hpp"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

#include "server/http/problem.hpp"

namespace thranio::http {
namespace {

std::string_view content_type(std::string_view path) {
  const auto ends = [path](std::string_view suffix) { return path.ends_with(suffix); };
  if (ends(".html")) return "text/html; charset=utf-8";
  if (ends(".js")) return "text/javascript; charset=utf-8";
  if (ends(".css")) return "text/css; charset=utf-8";
  if (ends(".svg")) return "image/svg+xml";
  if (ends(".json") || ends(".webmanifest")) return "application/json";
  if (ends(".png")) return "image/png";
  if (ends(".ico")) return "image/x-icon";
  return "application/octet-stream";
}

std::string etag_of(std::string_view content) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(content.data(), content.size(), digest, &size, EVP_sha256(), nullptr);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string tag = "\"";
  for (unsigned i = 0; i < 8; ++i) {
    tag += kDigits[digest[i] >> 4];
    tag += kDigits[digest[i] & 15];
  }
  return tag + '"';
}

bool accepts(const Request& request, std::string_view coding) {
  const auto header = request.header("accept-encoding");
  return header && header->find(coding) != std::string_view::npos;
}

// Nothing is loaded from elsewhere, nothing frames us, no script stands in the page itself.
constexpr std::string_view kPolicy =
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action "
    "'self'; "
    "frame-ancestors 'none'";

}  // namespace

StaticFiles::StaticFiles(std::vector<File> files) {
  for (auto& file : files)
    files_.emplace(std::move(file.path), file.content);
  if (const auto page = files_.find("/index.html"); page != files_.end()) page_ = page->second;
}

constexpr std::array<std::string_view, 4> kForPrograms{"/api/", "/calendars/", "/ims/", "/oauth2/"};

bool StaticFiles::serves(const Request& request) const {
  if (request.method != Method::kGet && request.method != Method::kHead) return false;
  return std::ranges::none_of(kForPrograms,
                              [&](std::string_view prefix) { return request.path.starts_with(prefix); });
}

Response StaticFiles::respond(const Request& request) const {
  const bool asset = request.path.starts_with("/assets/");
  const bool own_file = files_.contains(request.path) && request.path != "/index.html";
  const std::string path = own_file ? request.path : "/index.html";
  const auto plain = files_.find(path);
  if (plain == files_.end() || (asset && !own_file))
    return problem({ErrorKind::kNotFound, "not-found", "There is nothing at this path.", "", {}},
                   request.path);

  Response response;
  response.beside = asset && page_.find(path) == std::string_view::npos;
  std::string_view content = plain->second;
  for (const auto& [coding, suffix] : {std::pair{"br", ".br"}, std::pair{"gzip", ".gz"}}) {
    const auto packed = files_.find(path + suffix);
    if (packed == files_.end() || !accepts(request, coding)) continue;
    content = packed->second;
    response.set("Content-Encoding", coding);
    break;
  }
  const std::string etag = etag_of(content);
  response.set("ETag", etag);
  response.set("Vary", "Accept-Encoding");
  response.set("Cache-Control", asset ? "public, max-age=31536000, immutable" : "no-cache");
  response.set("Content-Type", std::string{content_type(path)});
  if (content_type(path).starts_with("text/html")) {  // they bind documents; a thin line is spared them
    response.set("Content-Security-Policy", std::string{kPolicy});
    response.set("Permissions-Policy",
                 "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self)");
    response.set("Cross-Origin-Opener-Policy", "same-origin");
  }
  if (request.header("if-none-match") == etag) {
    response.status = 304;
    return response;
  }
  response.static_body = content;
  return response;
}

}  // namespace thranio::http
