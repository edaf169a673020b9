/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * C++ with threads: exceptions that cross them, thread_local with destructors, futures, condition variables, shared locks,
 * waiting on atomics, and streams.
 */
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <future>
#include <iomanip>
#include <iostream>
#include <latch>
#include <mutex>
#include <numeric>
#include <queue>
#include <semaphore>
#include <shared_mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

static std::atomic<int> made, gone;

struct Counted {
	int value = ++made;
	~Counted()
	{
		++gone;
	}
};

static thread_local Counted counted;

static void check_thread_local()
{
	std::vector<std::thread> threads;
	std::atomic<int> sum{0};

	for (int i = 0; i < 8; i++)
		threads.emplace_back([&] { sum += counted.value > 0; });
	for (auto &thread : threads)
		thread.join();
	std::cout << "thread_local: " << made << " made, " << gone << " gone, " << sum << " seen\n";
}

static int thrower(int depth)
{
	struct Guard {
		~Guard()
		{
			++gone;
		}
	} guard;

	if (depth == 0)
		throw std::out_of_range("the bottom");
	return thrower(depth - 1) + 1;
}

static void check_exceptions()
{
	std::atomic<int> caught{0};
	std::vector<std::thread> threads;
	std::exception_ptr kept;

	gone = 0;
	for (int i = 0; i < 8; i++)
		threads.emplace_back([&, i] {
			for (int round = 0; round < 50; round++) {
				try {
					thrower(i + 1);
				} catch (const std::logic_error &error) {
					caught += std::string(error.what()) == "the bottom";
				}
			}
		});
	for (auto &thread : threads)
		thread.join();
	std::cout << "exceptions: " << caught << " caught, " << gone << " guards\n";
	std::thread([&] {
		try {
			thrower(3);
		} catch (...) {
			kept = std::current_exception();
		}
	}).join();
	try {
		std::rethrow_exception(kept);
	} catch (const std::exception &error) {
		std::cout << "from another thread: " << error.what() << '\n';
	}
}

static void check_futures()
{
	std::vector<std::future<long>> parts;
	std::promise<std::string> promise;
	long sum = 0;

	for (long i = 0; i < 8; i++)
		parts.push_back(std::async(std::launch::async, [i] {
			std::vector<long> numbers(1000);
			std::iota(numbers.begin(), numbers.end(), i * 1000);
			return std::accumulate(numbers.begin(), numbers.end(), 0L);
		}));
	for (auto &part : parts)
		sum += part.get();
	auto broken = std::async(std::launch::async,
				 []() -> int { throw std::runtime_error("lost"); });
	try {
		broken.get();
	} catch (const std::runtime_error &error) {
		std::cout << "future: " << error.what() << '\n';
	}
	std::thread worker([&] { promise.set_value("kept"); });
	std::cout << "sum " << sum << ", promise " << promise.get_future().get() << '\n';
	worker.join();
}

static void check_queue()
{
	std::queue<int> queue;
	std::mutex mutex;
	std::condition_variable changed;
	long sum = 0;
	bool done = false;
	std::vector<std::thread> consumers;

	for (int i = 0; i < 4; i++)
		consumers.emplace_back([&] {
			std::unique_lock lock(mutex);
			for (;;) {
				changed.wait(lock, [&] { return done || !queue.empty(); });
				if (queue.empty())
					return;
				sum += queue.front();
				queue.pop();
			}
		});
	for (int i = 1; i <= 1000; i++) {
		{
			std::scoped_lock lock(mutex);
			queue.push(i);
		}
		changed.notify_one();
	}
	{
		std::scoped_lock lock(mutex);
		done = true;
	}
	changed.notify_all();
	for (auto &consumer : consumers)
		consumer.join();
	std::unique_lock lock(mutex);
	auto status = changed.wait_for(lock, std::chrono::milliseconds(2));
	std::cout << "queue " << sum << ", timeout " << (status == std::cv_status::timeout) << '\n';
}

static void check_newer_locks()
{
	std::shared_mutex shared;
	std::latch latch(4);
	std::barrier barrier(4);
	std::counting_semaphore<4> semaphore(0);
	std::atomic<int> turn{0}, wrong{0};
	long value = 0;
	std::vector<std::thread> threads;

	for (int i = 0; i < 4; i++)
		threads.emplace_back([&, i] {
			latch.arrive_and_wait();
			for (int round = 0; round < 100; round++) {
				if (round % 4 == i) {
					std::unique_lock lock(shared);
					value += 2;
				} else {
					std::shared_lock lock(shared);
					wrong += value % 2 != 0;
				}
			}
			barrier.arrive_and_wait();
			/* one after the other, by waiting on an atomic */
			for (int seen = turn.load(); seen != i; seen = turn.load())
				turn.wait(seen);
			turn++;
			turn.notify_all();
			semaphore.release();
		});
	for (int i = 0; i < 4; i++)
		semaphore.acquire();
	for (auto &thread : threads)
		thread.join();
	std::cout << "shared " << value << ", wrong " << wrong << ", turn " << turn << '\n';
}

static void check_streams()
{
	std::string word;
	int number = 0;

	{
		std::ofstream out("stream.txt");
		out << std::setw(6) << std::setfill('0') << 42 << ' ' << std::hex << 255
		    << " word\n";
	}
	std::ifstream in("stream.txt");
	in >> number >> word;
	std::cout << number << ' ' << word << ' ' << std::boolalpha
		  << std::ifstream("missing").good() << '\n';
	std::ostringstream text;
	text << std::fixed << std::setprecision(3) << 3.14159 << ' ' << std::scientific
	     << 12345.678;
	std::cout << text.str() << std::endl;
}

int main()
{
	check_thread_local();
	check_exceptions();
	check_futures();
	check_queue();
	check_newer_locks();
	check_streams();
	return 0;
}
