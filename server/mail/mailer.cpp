#include "server/mail/mailer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <curl/curl.h>

#include "pipelines/base/log.hpp"

namespace thranio::mail {
namespace {

std::string base64(std::string_view bytes) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k)
      text += k <= count ? kLetters[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

// RFC 2047: words of at most 75 letters, none cut inside a character.
std::string header_words(std::string_view text) {
  std::string words;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(at + 42, text.size());
    while (end > at && end < text.size() && (text[end] & 0xc0) == 0x80)
      --end;
    words += (words.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + base64(text.substr(at, end - at)) + "?=";
    at = end;
  }
  return words;
}

std::string date_of(std::chrono::system_clock::time_point now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d +0000",
                kDays[static_cast<size_t>(parts.tm_wday)], parts.tm_mday,
                kMonths[static_cast<size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                parts.tm_sec);
  return text;
}

struct Upload {
  std::string_view left;
};

size_t read_upload(char* buffer, size_t size, size_t count, void* upload) {
  auto& left = static_cast<Upload*>(upload)->left;
  const size_t taken = std::min(size * count, left.size());
  std::memcpy(buffer, left.data(), taken);
  left.remove_prefix(taken);
  return taken;
}

}  // namespace

bool is_address(const std::string& text) {
  const size_t at = text.find('@');
  return at != text.npos && at > 0 && at + 1 < text.size() && text.rfind('@') == at && text.size() <= 254 &&
         std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || std::strchr("<>,;:\"()[]\\", c);
         });
}

std::string write_letter(const Letter& letter, const std::string& from,
                         std::chrono::system_clock::time_point now) {
  std::string text = "Date: " + date_of(now) + "\r\nFrom: <" + from + ">\r\nTo: <" + letter.to +
                     ">\r\nSubject: " + header_words(letter.subject) +
                     "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                     "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n";
  const std::string body = base64(letter.text);
  for (size_t at = 0; at < body.size(); at += 76)
    text += body.substr(at, 76) + "\r\n";
  return text;
}

Mailer::~Mailer() {
  thread_.join();
}

boost::asio::awaitable<Result<void>> Mailer::send(Letter letter) {
  if (!is_address(letter.to))
    co_return fail(ErrorKind::kConflict, "invalid-address", "This person's mail address is none.", "/email");
  if (waiting_.fetch_add(1) >= kMostWaiting) {
    waiting_.fetch_sub(1);
    co_return fail(ErrorKind::kUnavailable, "mail-unavailable", "Too many letters wait to be sent.");
  }
  const std::shared_ptr<void> counted(nullptr, [this](void*) { waiting_.fetch_sub(1); });
  auto there = [](const Mailer& self, Letter one) -> boost::asio::awaitable<Result<void>> {
    co_return self.deliver(one);
  }(*this, std::move(letter));
  co_return co_await boost::asio::co_spawn(thread_, std::move(there), boost::asio::use_awaitable);
}

Result<void> Mailer::deliver(const Letter& letter) const {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> recipients(
      curl_slist_append(nullptr, ("<" + letter.to + ">").c_str()), curl_slist_free_all);
  if (!curl || !recipients)
    return fail(ErrorKind::kUnavailable, "mail-unavailable", "There is no memory for a letter.");
  const std::string text = write_letter(letter, settings_.from, std::chrono::system_clock::now());
  const std::string sender = "<" + settings_.from + ">";
  Upload upload{text};
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  set(CURLOPT_URL, settings_.relay.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_USE_SSL, static_cast<long>(settings_.user.empty() ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  set(CURLOPT_MAIL_FROM, sender.c_str());
  set(CURLOPT_MAIL_RCPT, recipients.get());
  set(CURLOPT_READFUNCTION, read_upload);
  set(CURLOPT_READDATA, &upload);
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::chrono::milliseconds(kTimeout).count()));
  if (!settings_.user.empty()) {  // never in the clear
    set(CURLOPT_USERNAME, settings_.user.c_str());
    set(CURLOPT_PASSWORD, settings_.password.c_str());
  }
  const CURLcode result = curl_easy_perform(curl.get());
  if (result == CURLE_OK) return {};
  log::error("mail relay refused", {{"relay", settings_.relay}, {"cause", curl_easy_strerror(result)}});
  return fail(ErrorKind::kUnavailable, "mail-unavailable",
              std::string("The mail relay did not take the letter: ") + curl_easy_strerror(result) + ".");
}

}  // namespace thranio::mail
