// An io_context that a test drives by hand: what is ready runs, timers wait.
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

namespace thranio::test {

struct IoRunner {
  boost::asio::io_context io;

  void settle() {
    io.restart();
    io.poll();
  }
  // The work must end without waiting for time.
  template <typename T>
  T run(boost::asio::awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr fault, T value) {
      if (fault) std::rethrow_exception(fault);
      result.emplace(std::move(value));
    });
    settle();
    REQUIRE(result.has_value());
    return std::move(*result);
  }
};

}  // namespace thranio::test
