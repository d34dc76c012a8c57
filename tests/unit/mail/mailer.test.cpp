#include "server/mail/mailer.hpp"

#include <catch2/catch.hpp>

#include "tests/support/await.hpp"

using namespace thranio;

TEST_CASE("a letter goes out as MIME, whatever its letters", "[mail]") {
  const auto text =
      mail::write_letter({"anna@example.org", "Ο λογαριασμός", "Καλημέρα\n"}, "school@example.org",
                         std::chrono::system_clock::from_time_t(1'789'368'300));
  CHECK(text ==
        "Date: Mon, 14 Sep 2026 06:45:00 +0000\r\nFrom: <school@example.org>\r\nTo: <anna@example.org>\r\n"
        "Subject: =?UTF-8?B?zp8gzrvOv86zzrHPgc65zrHPg868z4zPgg==?=\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
        "Auto-Submitted: auto-generated\r\n\r\nzprOsc67zrfOvM6tz4HOsQo=\r\n");
}

TEST_CASE("no line of a letter is longer than mail allows", "[mail]") {
  std::string long_text;
  for (int i = 0; i < 400; ++i)
    long_text += "μάθημα ";
  const auto text = mail::write_letter({"a@b.c", long_text, long_text}, "s@b.c", {});
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find("\r\n", at);
    REQUIRE(end != text.npos);
    CHECK(end - at <= 78);
    at = end + 2;
  }
}

TEST_CASE("an address is one address", "[mail]") {
  for (const char* good : {"anna@example.org", "a.b+c@x", "o'neil@example.org"})
    CHECK(mail::is_address(good));
  for (const char* bad :
       {"", "anna", "@x", "a@", "a@b@c", "a b@c", "a@b\r\nBcc: d@e", "a@b,c", "<a@b>", "a@b;c"})
    CHECK_FALSE(mail::is_address(bad));
}

TEST_CASE("a relay that is not there is an error, not a wait", "[mail]") {
  mail::Mailer mailer({"smtp://127.0.0.1:9", "school@example.org", "", ""});
  const auto sent = test::await(mailer.send({"anna@example.org", "s", "t"}));
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == "mail-unavailable");
  const auto odd = test::await(mailer.send({"anna", "s", "t"}));
  REQUIRE_FALSE(odd);
  CHECK(odd.error().code == "invalid-address");
}
