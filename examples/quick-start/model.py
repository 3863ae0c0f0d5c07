"""Serves a prediction."""


def my_model(value):
    return {"value": value}
