// Runs one awaitable to its end on this thread: await(tokens.authenticate("…")). Rethrows what it throws.
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace thranio::test {

template <typename T>
T await(boost::asio::awaitable<T> work) {
  boost::asio::io_context io;
  std::optional<T> result;
  std::exception_ptr fault;
  boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown, T value) {
    fault = thrown;
    result.emplace(std::move(value));
  });
  io.run();
  if (fault) std::rethrow_exception(fault);
  return std::move(*result);
}

}  // namespace thranio::test
