#pragma once
// libtorch contains gloo, but its packages leave gloo's headers out. ProcessGroupGloo.hpp includes five of them and holds only
// pointers to gloo's types, so these declarations are enough to compile it. A libtorch that brings gloo's own headers uses
// those: its folder comes first.
#include <chrono>
namespace gloo {
class Context {
public:
  void setTimeout(std::chrono::milliseconds timeout);
};
}
