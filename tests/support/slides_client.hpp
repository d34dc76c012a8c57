// Slides over REST, as tests ask for them. Thread: the test's.
#pragma once

#include <chrono>
#include <string>
#include <thread>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/pdf_maker.hpp"
#include "tests/support/server_process.hpp"

namespace thranio::test {

inline http::FetchedResponse post_slides(const RestClient& client, const std::string& lesson,
                                         const std::string& file, const std::string& query = "?title=Waves",
                                         const std::string& type = "application/pdf") {
  return client.ask("POST", "/lessons/" + lesson + "/slides" + query, type, file);
}

inline std::string upload(const RestClient& client, const std::string& lesson,
                          const std::string& file = make_pdf({words("Waves")})) {
  const auto answer = post_slides(client, lesson, file);
  INFO(answer.body);
  REQUIRE(answer.status == 201);
  return nlohmann::json::parse(answer.body)["id"];
}

// The deck once it is ready or has failed.
inline nlohmann::json converted(const RestClient& client, const std::string& lesson,
                                const std::string& deck) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(10);
  for (;;) {
    const auto answer = client.get("/lessons/" + lesson + "/slides/" + deck);
    INFO(answer.body);
    REQUIRE(answer.status == 200);
    auto told = nlohmann::json::parse(answer.body);
    if (told["state"] != "converting") return told;
    REQUIRE(std::chrono::steady_clock::now() < until);
    std::this_thread::sleep_for(
        std::chrono::milliseconds(200));  // as a script asks: the work is the server's
  }
}

}  // namespace thranio::test
