#include "server/slides/converter.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "pipelines/base/log.hpp"
#include "server/slides/outline.hpp"
#include "server/slides/page_image.hpp"

namespace thranio::slides {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using End = Ran::End;

constexpr auto kDeckPatience = std::chrono::minutes(30);  // 300 pages at six seconds each
constexpr size_t kMostText = 2UL << 20;                   // bytes of all pages
const std::string kPdf = "page.pdf";

// Why the program did not do it, in words for the log.
const char* words_of(End end) {
  switch (end) {
    case End::kDone:
      return "done";
    case End::kFailed:
      return "failed";
    case End::kTooLong:
      return "took too long";
    case End::kTooMuch:
      return "wrote too much";
    case End::kStopped:
      return "stopped";
  }
  return "";
}

class Conversion {
 public:
  Conversion(const std::string& deck, const std::string& format, const SlideFiles& files, const Sink& sink,
             Stop stop)
      : deck_(deck), format_(format), files_(files), sink_(sink), stop_(stop), work_(files.work(deck)) {}

  Converted run() {
    if (!fetch_pdf()) return outcome();
    const auto info =
        start("pdfinfo", {"-f", "1", "-l", std::to_string(kMostPages + 1), "-enc", "UTF-8", kPdf});
    if (!info) return outcome();
    const Outline outline = outline_of(*info);
    if (!outline.fault.empty()) return failed(outline.fault, *info);
    if (!sink_.counted(static_cast<int>(outline.pages.size()))) return stopped();
    read_texts();
    const auto until = std::chrono::steady_clock::now() + kDeckPatience;
    for (size_t i = 0; i < outline.pages.size(); ++i) {
      const int page = static_cast<int>(i) + 1;
      if (!sink_.wanted(page)) continue;
      if (std::chrono::steady_clock::now() > until) return {Converted::End::kFailed, "slides-too-heavy"};
      if (!draw(page, outline.pages[i])) return outcome();
    }
    return {};
  }

 private:
  Converted stopped() const { return {Converted::End::kStopped, ""}; }
  Converted outcome() const {
    return reason_.empty() ? stopped() : Converted{Converted::End::kFailed, reason_};
  }

  Converted failed(const std::string& reason, const Ran& ran) {
    log::info("slides: not converted", {{"deck", deck_}, {"reason", reason}, {"complaint", ran.complaint}});
    return {Converted::End::kFailed, reason};
  }

  bool fail_with(const std::string& reason) {
    reason_ = reason;
    return false;
  }

  // Nothing if all shall stop, or the program could not be started.
  std::optional<Ran> start(const std::string& program, std::vector<std::string> arguments,
                           Limits limits = {}) {
    arguments.insert(arguments.begin(), "/usr/bin/" + program);
    auto ran = run_walled(arguments, work_.folder(), limits, stop_);
    if (!ran) {
      reason_ = "internal-error";
      return std::nullopt;
    }
    if (ran->end == End::kStopped) return std::nullopt;
    if (ran->end != End::kDone)
      log::info("slides: a program did not do its work", {{"deck", deck_},
                                                          {"program", program},
                                                          {"end", words_of(ran->end)},
                                                          {"complaint", ran->complaint}});
    return std::move(*ran);
  }

  // The document in the work folder as a PDF.
  bool fetch_pdf() {
    std::error_code fault;
    const auto source = work_.folder() / (format_ == "pdf" ? kPdf : "page." + format_);
    fs::copy_file(files_.incoming(deck_), source, fault);
    if (fault) return fail_with("slides-unreadable");
    if (format_ == "pdf") return true;
    if (!office_is_here()) return fail_with("format-not-supported");
    Limits limits;
    limits.memory = 4096ULL << 20;  // it maps all of its libraries
    limits.cpu = seconds(120);
    limits.patience = seconds(240);
    limits.open_files = 512;
    limits.children = true;
    const auto ran = start("soffice",
                           {"--headless", "--norestore", "--safe-mode", "--convert-to", "pdf", "--outdir",
                            ".", source.filename()},
                           limits);
    if (!ran) return false;
    if (ran->end == End::kTooLong || ran->end == End::kTooMuch) return fail_with("slides-too-heavy");
    return fs::exists(work_.folder() / kPdf, fault) || fail_with("slides-unreadable");
  }

  // What is written on the pages; a document whose text cannot be read is still one that can be seen.
  void read_texts() {
    Limits limits;
    limits.output = kMostText;
    limits.cpu = seconds(10);
    const auto ran =
        start("pdftotext", {"-q", "-enc", "UTF-8", "-l", std::to_string(kMostPages), kPdf, "-"}, limits);
    if (!ran || ran->end == End::kTooLong) return;
    std::string_view rest = ran->output;
    while (!rest.empty()) {
      const auto end = rest.find('\f');
      texts_.emplace_back(rest.substr(0, std::min(end, kTextKept)));
      if (end == rest.npos) break;
      rest.remove_prefix(end + 1);
    }
  }

  bool draw(int page, const PageSize& size) {
    const std::string number = std::to_string(page);
    const auto ran = start(
        "pdftocairo", {"-q", "-png", "-singlefile", "-cropbox", "-f", number, "-l", number, "-scale-to-x",
                       std::to_string(size.width), "-scale-to-y", std::to_string(size.height), kPdf, "page"});
    if (!ran) return false;
    if (ran->end == End::kTooLong || ran->end == End::kTooMuch) return fail_with("slides-too-heavy");
    const auto drawn = work_.folder() / "page.png";
    const auto image = read(drawn);
    std::error_code ignored;
    fs::remove(drawn, ignored);
    if (!image) return fail_with(out_of_memory(*ran) ? "slides-too-heavy" : "slides-unreadable");
    return keep(page, *image);
  }

  static bool out_of_memory(const Ran& ran) {
    return ran.complaint.find("emory") != std::string::npos ||
           ran.complaint.find("bad_alloc") != std::string::npos;
  }

  static std::optional<picture::Page> read(const fs::path& path) {
    // Through no link that the program may have left in its place.
    std::error_code fault;
    if (!fs::is_regular_file(fs::symlink_status(path, fault))) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    return read_png(std::string(std::istreambuf_iterator<char>(file), {}), kMostPixels);
  }

  bool keep(int page, const picture::Page& image) {
    std::vector<PagePicture> pictures;
    for (const int width : kWidths) {
      const auto coded = picture::code_page(picture::smaller(image, width));
      const auto hash = files_.keep_page(coded.bytes);
      if (!hash) return fail_with("internal-error");
      pictures.push_back({width, coded.coding == PictureCoding::kAvif ? "avif" : "webp", *hash,
                          static_cast<int64_t>(coded.bytes.size())});
    }
    const size_t at = static_cast<size_t>(page) - 1;
    return sink_.page(page, {image.width, image.height}, at < texts_.size() ? texts_[at] : "", pictures);
  }

  const std::string deck_, format_;
  const SlideFiles& files_;
  const Sink& sink_;
  const Stop stop_;
  const SlideFiles::Work work_;
  std::vector<std::string> texts_;
  std::string reason_;  // why it failed; '': it was stopped
};

}  // namespace

bool looks_like(const std::string& format, std::string_view bytes) {
  // ISO 32000-1 annex H: a header may stand anywhere in the first kilobyte.
  if (format == "pdf") return bytes.substr(0, 1024).find("%PDF-") != bytes.npos;
  if (format == "ppt") return bytes.starts_with("\xd0\xcf\x11\xe0");
  return bytes.starts_with("PK\x03\x04");
}

bool office_is_here() {
  std::error_code fault;
  return fs::exists("/usr/bin/soffice", fault);
}

Converted convert(const std::string& deck, const std::string& format, const SlideFiles& files,
                  const Sink& sink, Stop stop) {
  return Conversion(deck, format, files, sink, stop).run();
}

}  // namespace thranio::slides
