// SPDX-License-Identifier: Apache-2.0
// Watches over the components: starts each when all that it needs is ready, and
// decides what happens when one ends, fails or faults.
#pragma once

#include <span>

#include "components/genesis/life.hpp"

namespace tessera::genesis {

class Supervisor {
 public:
  Supervisor(const format::Manifest& manifest, std::span<Component> components, const Surroundings& around, Handle reply)
      : manifest_(manifest), components_(components), around_(around), reply_(reply) {}

  [[noreturn]] void run();

 private:
  void start_what_can();
  void start(Component& component);
  [[nodiscard]] bool all_ready(const Component& component) const;
  void handle(const rt::Message& message);
  void ended(Component& component, std::uint64_t status);
  void failed(Component& component, const rt::Message& message);
  // It cannot go on as it is: starts it again or gives it up.
  void try_again(Component& component, std::string_view why);
  void give_up(Component& component, std::string_view why);
  [[nodiscard]] bool is_main(const Component& component) const { return component.what.name == manifest_.main; }
  [[nodiscard]] bool main_needs(const Component& component) const;
  [[nodiscard]] bool needs(const Component& component, std::string_view name, unsigned depth) const;

  const format::Manifest& manifest_;
  std::span<Component> components_;
  Surroundings around_;
  Handle reply_;
};

}  // namespace tessera::genesis
